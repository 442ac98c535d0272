// SPDX-License-Identifier: Apache-2.0

package drf

import "testing"

// TestPercentDecode compares percentDecode with urllib.parse.unquote_plus of Python
// 3.11: text that is no escape stays.
func TestPercentDecode(t *testing.T) {
	for text, want := range map[string]string{
		"a+b": "a b", "%3A": ":", "%3a": ":", "a%41": "aA", "%%41": "%A",
		"%": "%", "%4": "%4", "%zz+b": "%zz b", "%/1": "%/1", "%1/": "%1/", "%3:": "%3:", "%1@": "%1@",
		"%@1": "%@1", "%`1": "%`1", "%G1": "%G1", "%4g": "%4g", "%g4": "%g4",
	} {
		if got := string(percentDecode([]byte(text), utf8Charset)); got != want {
			t.Errorf("%s becomes %q, want %q", text, got, want)
		}
	}
	for cs, want := range map[charset]string{latin1Charset: "\x7f\u0080ÿ", asciiCharset: "\x7f\ufffd\ufffd"} {
		if got := string(percentDecode([]byte("%7F%80%FF"), cs)); got != want {
			t.Errorf("charset %d: %q, want %q", cs, got, want)
		}
	}
}
