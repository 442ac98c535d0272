// SPDX-License-Identifier: Apache-2.0

package drf

import "unicode/utf8"

// isSpace is Python's str.isspace, the set that str.strip removes. It is larger
// than Go's: U+001C to U+001F count.
func isSpace(r rune) bool {
	switch {
	case r < 0x80:
		return r == ' ' || r >= '\t' && r <= '\r' || r >= 0x1C && r <= 0x1F
	case r >= 0x2000 && r <= 0x200A:
		return true
	}
	switch r {
	case 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return false
}

// strip is Python's str.strip.
func strip(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !isSpace(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		if !isSpace(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

// trimLatin1 is str.strip for a header value, whose bytes WSGI takes for Latin-1.
func trimLatin1(s string) string {
	for s != "" && isSpace(rune(s[0])) {
		s = s[1:]
	}
	for s != "" && isSpace(rune(s[len(s)-1])) {
		s = s[:len(s)-1]
	}
	return s
}

// latin1 returns a header value as WSGI hands it to Django: each byte a character.
func latin1(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return string(appendLatin1(nil, s))
		}
	}
	return s
}

// appendLatin1 appends s, read as Latin-1, in UTF-8.
func appendLatin1[S string | []byte](dst []byte, s S) []byte {
	for i := range len(s) {
		dst = utf8.AppendRune(dst, rune(s[i]))
	}
	return dst
}
