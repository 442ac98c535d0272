// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// TestCharsetNames: each run of characters that are neither letters nor digits
// stands for one underscore in the name of a codec of Python.
func TestCharsetNames(t *testing.T) {
	const unknownCharset = undefinedCharset + 1
	for name, want := range map[string]charset{
		"latin-1": latin1Charset, "LATIN__1": latin1Charset, "-latin1": latin1Charset,
		"latin[1": latin1Charset, "latin{1": latin1Charset, "latin:1": latin1Charset,
		"latin/1": latin1Charset, "latin`1": latin1Charset, "latin@1": latin1Charset,
		"Ascii": asciiCharset, "iso_646.irv_1991": asciiCharset, "iso.8859.1": latin1Charset, "latin.1": unknownCharset,
		"iso646.irv-1991": unknownCharset, "no-such-codec": unknownCharset, "": unknownCharset, "aliases": unknownCharset,
		"utf-7": otherCharset, "CP1252": otherCharset, "CP 1252": unknownCharset, "ZIP": binaryCharset, "rot13": binaryCharset, "undefined": undefinedCharset,
	} {
		got, found := lookupCodec(name)
		if found != (want != unknownCharset) || found && got != want {
			t.Errorf("%s is %d, %v, want %d", name, got, found, want)
		}
	}
}

// TestASCII: every byte beyond ASCII is a fault of its own in a body that has to be
// ASCII, and becomes a replacement character of its own where faults are replaced.
func TestASCII(t *testing.T) {
	s := Scratch{body: []byte("a\x7f\x80")}
	const want = "'ascii' codec can't decode byte 0x80 in position 2: ordinal not in range(128)"
	if data, fault := s.decode(asciiCharset); data != nil || fault != want {
		t.Errorf("decoded as %q, %q", data, fault)
	}
	p := part{data: []byte("a\x7f\x80\xc3\xa9")}
	if got := string(p.text(asciiCharset, &release.Newest().Django)); got != "a\x7f\ufffd\ufffd\ufffd" {
		t.Errorf("replaced: %q", got)
	}
}

// TestReplaceUTF8 compares replaceUTF8 with bytes.decode("utf-8", "replace") of Python
// 3.11: how many bytes one replacement character stands for depends on the lead byte.
func TestReplaceUTF8(t *testing.T) {
	for text, want := range map[string]string{
		"\xffabc": "\ufffdabc", "a\xc2A": "a\ufffdA", "\xc1A": "\ufffdA", "\xc2": "\ufffd", "\xc2\x80": "\u0080",
		"\xdfA": "\ufffdA", "\xdf\xbf": "\u07ff", "\xf5\x80": "\ufffd\ufffd",

		"\xe0A": "\ufffdA", "\xe0\xa0A": "\ufffdA", "\xe0\x9fA": "\ufffd\ufffdA", "\xe0\xa0\x80": "\u0800",
		"\xe1\xbfA": "\ufffdA", "\xe1\xc0A": "\ufffd\ufffdA", "\xe1\x7fA": "\ufffd\x7fA", "\xe1\x80": "\ufffd",
		"\xed\x9fA": "\ufffdA", "\xed\xa0A": "\ufffd\ufffdA", "\xed\x9f\xbf": "\ud7ff",
		"\xef\xbfA": "\ufffdA", "\xef\xbf\xbf": "\uffff",

		"\xf0\x90A": "\ufffdA", "\xf0\x8fA": "\ufffd\ufffdA", "\xf0\x90\x80A": "\ufffdA", "\xf0\x90\x80\x80": "\U00010000",
		"\xf1\x80\x80A": "\ufffdA", "\xf1\x80\xbf\xc0": "\ufffd\ufffd", "\xf1\x80\x80": "\ufffd",
		"\xf4\x8fA": "\ufffdA", "\xf4\x90A": "\ufffd\ufffdA", "\xf4\x8f\xbf\xbf": "\U0010ffff",
	} {
		if got := string(replaceUTF8([]byte(text))); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}

// TestLatin1: WSGI reads each byte of a header as a character.
func TestLatin1(t *testing.T) {
	for text, want := range map[string]string{"": "", "a\x7f": "a\x7f", "\x80": "\u0080", "\xc3\xa9": "Ã©", "a\xff": "aÿ"} {
		if got := latin1(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
