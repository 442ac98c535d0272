// SPDX-License-Identifier: Apache-2.0

package drf

import "testing"

// TestDecodeBase64 compares decodeBase64 with base64.b64decode of Python 3.11.
func TestDecodeBase64(t *testing.T) {
	const wrong = "!"
	for text, want := range map[string]string{
		"":         "",
		"QUJD":     "ABC",
		"QUI=":     "AB",
		"QQ==":     "A",
		"AZaz09+/": "\x01\x96\xb3\xd3\xdf\xbf",
		"+/+/":     "\xfb\xff\xbf",

		// Padding that is not complete.
		"QQ=": wrong, "QQ": wrong, "Q": wrong, "QUI": wrong, "QQ=Q": wrong, "Q=Q=": wrong,

		// Complete padding ends the text, and is counted anew behind each character.
		"QQ==QQ==": "A", "QQQ=QQQQ": "A\x04", "QQQ=Q": "A\x04", "QUJD=": "ABC",
		"QQ=QQ=": "A\x04\x10", "QQ=QQQQ=": wrong, "QQ=QQQQ==": "A\x04\x10A",

		// Padding in front and characters outside the alphabet are skipped.
		"=": "", "=QQ==": "A", " QQ==": "A", "QU JD": "ABC", "QU-JD": "ABC", "QU:JD": "ABC", "QQ=-=": "A", "Q@[`{Q==": "A",
	} {
		got, ok := decodeBase64([]byte(text), false)
		if ok != (want != wrong) || ok && string(got) != want {
			t.Errorf("%q is decoded as %q, %v, want %q", text, got, ok, want)
		}
	}
}
