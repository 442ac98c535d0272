// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote appends to dst what the string with the given span, quotes included,
// stands for. See [Unescape].
func Unquote(dst, span []byte) []byte { return Unescape(dst, span[1:len(span)-1]) }

// Unescape appends to dst what the text between a string's quotes stands for, and
// returns the result, which is never longer than raw. The escapes of a surrogate
// pair become one character. A lone surrogate, which a Python str can hold and
// UTF-8 cannot, becomes the three bytes of its generalized UTF-8 ("WTF-8"); find
// it with [Surrogate]. dst may start where raw starts, to decode in place.
func Unescape(dst, raw []byte) []byte {
	for {
		i := bytes.IndexByte(raw, '\\')
		if i < 0 {
			return append(dst, raw...)
		}
		dst = append(dst, raw[:i]...)
		r, n := unescapeRune(raw[i:])
		dst = appendRune(dst, r)
		raw = raw[i+n:]
	}
}

// unescapeRune decodes the escape that raw starts with, and says how long it is.
func unescapeRune(raw []byte) (rune, int) {
	switch c := raw[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
	default:
		return rune(c), 2
	}
	r := hex4(raw[2:])
	if len(raw) >= 12 && raw[6] == '\\' && raw[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(raw[8:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6
}

// appendRune is utf8.AppendRune but for surrogates, which it keeps.
func appendRune(dst []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(dst, 0xED, 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(dst, r)
}

// textIs reports whether raw stands for s.
func textIs(raw []byte, s string) bool {
	var buf [utf8.UTFMax]byte
	for len(raw) > 0 {
		n, size := 1, 1
		buf[0] = raw[0]
		if raw[0] == '\\' {
			var r rune
			r, n = unescapeRune(raw)
			size = len(appendRune(buf[:0], r))
		}
		if len(s) < size || s[:size] != string(buf[:size]) {
			return false
		}
		raw, s = raw[n:], s[size:]
	}
	return s == ""
}

// EqualText reports whether two texts, as they are spelled between the quotes, stand for
// the same string. It finds duplicate names.
func EqualText(a, b []byte) bool {
	if bytes.IndexByte(a, '\\') < 0 && bytes.IndexByte(b, '\\') < 0 {
		return bytes.Equal(a, b)
	}
	for len(a) > 0 && len(b) > 0 {
		r, n := nextRune(a)
		s, m := nextRune(b)
		if r != s {
			return false
		}
		a, b = a[n:], b[m:]
	}
	return len(a) == len(b)
}

func nextRune(raw []byte) (rune, int) {
	if raw[0] == '\\' {
		return unescapeRune(raw)
	}
	return utf8.DecodeRune(raw)
}

// Surrogate returns the first lone surrogate in a text that [Unescape] made, as
// Python names it: U+D800 to U+DFFF.
func Surrogate(text []byte) (r rune, found bool) {
	for {
		i := bytes.IndexByte(text, 0xED)
		if i < 0 || i+2 >= len(text) {
			return 0, false
		}
		if text[i+1] >= 0xA0 {
			return 0xD000 | rune(text[i+1]&0x3F)<<6 | rune(text[i+2]&0x3F), true
		}
		text = text[i+1:]
	}
}
