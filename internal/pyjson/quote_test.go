// SPDX-License-Identifier: Apache-2.0

package pyjson

import "testing"

// What Python 3.11 writes: json.dumps(s), and the same with ensure_ascii=False
// and U+2028 and U+2029 replaced, as in rest_framework/renderers.py.
func TestAppendQuote(t *testing.T) {
	for _, tt := range []struct{ s, ascii, utf8 string }{
		{"", `""`, `""`},
		{"abc</script>&", `"abc</script>&"`, `"abc</script>&"`},
		{"\"\\/\b\f\n\r\t", `"\"\\/\b\f\n\r\t"`, `"\"\\/\b\f\n\r\t"`},
		{"\x00\x1f\x7f~ ", `"\u0000\u001f\u007f~ "`, "\"\\u0000\\u001f\x7f~ \""},
		{"\u00eb\u0080", `"\u00eb\u0080"`, "\"\u00eb\u0080\""},
		{"\u2027\u2028\u2029", `"\u2027\u2028\u2029"`, "\"\u2027\\u2028\\u2029\""},
		{"\U0001F600\U0010FFFF", `"\ud83d\ude00\udbff\udfff"`, "\"\U0001F600\U0010FFFF\""},
		{"\uFFFD", `"\ufffd"`, "\"\uFFFD\""},
		// A lone surrogate, which UTF-8 cannot hold; bytes that are no text.
		{"a\xed\xa0\xbdb", `"a\ud83db"`, `"a\ud83db"`},
		{"\xff\xc3(\xe2\x82", `"\ufffd\ufffd(\ufffd\ufffd"`, `"\ufffd\ufffd(\ufffd\ufffd"`},
		{"\xc0\x80", `"\ufffd\ufffd"`, `"\ufffd\ufffd"`},
		{"\xe0\x80\x80", `"\ufffd\ufffd\ufffd"`, `"\ufffd\ufffd\ufffd"`},
		{"\xf4\x90\x80\x80", `"\ufffd\ufffd\ufffd\ufffd"`, `"\ufffd\ufffd\ufffd\ufffd"`},
	} {
		if got := string(AppendQuote([]byte("+"), tt.s)); got != "+"+tt.ascii {
			t.Errorf("%q: got %s, want %s", tt.s, got, tt.ascii)
		}
		if got := string(AppendQuoteUTF8([]byte("+"), []byte(tt.s))); got != "+"+tt.utf8 {
			t.Errorf("%q as UTF-8: got %s, want %s", tt.s, got, tt.utf8)
		}
	}
}
