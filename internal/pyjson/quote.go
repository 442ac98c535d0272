// SPDX-License-Identifier: Apache-2.0

package pyjson

import "unicode/utf16"

const hexDigits = "0123456789abcdef"

// AppendQuote appends s as a JSON string, as json.dumps writes a str: in ASCII,
// with \uXXXX in lower case for everything else, DEL included, and no escapes for
// HTML. s may hold the lone surrogates that [Unescape] leaves. Any other byte that is
// not UTF-8 is written as \ufffd.
func AppendQuote[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7F && c != '"' && c != '\\' {
			dst = append(dst, c)
			i++
			continue
		}
		if c < 0x7F {
			dst = appendEscape(dst, c)
			i++
			continue
		}
		r, n := decode(s, i)
		if r > 0xFFFF {
			var high rune
			high, r = utf16.EncodeRune(r)
			dst = appendHex(dst, high)
		}
		dst = appendHex(dst, r)
		i += n
	}
	return append(dst, '"')
}

// AppendQuoteUTF8 appends s as a JSON string, as Django REST Framework's
// JSONRenderer writes it with UNICODE_JSON, its default: what is not ASCII stays
// as it is, but for U+2028 and U+2029 (rest_framework/renderers.py). What UTF-8
// cannot hold is escaped.
func AppendQuoteUTF8[S string | []byte](dst []byte, s S) []byte {
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < 0x20 || c == '"' || c == '\\':
			dst = appendEscape(dst, c)
			i++
		case c < 0x80:
			dst = append(dst, c)
			i++
		default:
			r, n := decode(s, i)
			if r == 0x2028 || r == 0x2029 || r == 0xFFFD && n == 1 || utf16.IsSurrogate(r) {
				dst = appendHex(dst, r)
			} else {
				dst = append(dst, s[i:i+n]...)
			}
			i += n
		}
	}
	return append(dst, '"')
}

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, '\\', 'b')
	case '\f':
		return append(dst, '\\', 'f')
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	return appendHex(dst, rune(c))
}

func appendHex(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// decode reads the character at s[i]: UTF-8, lone surrogates included. Any other byte
// counts as U+FFFD, one byte long.
func decode[S string | []byte](s S, i int) (r rune, n int) {
	c := s[i]
	switch {
	case c < 0x80:
		return rune(c), 1
	case c >= 0xC2 && c < 0xE0:
		r, n = rune(c&0x1F), 2
	case c >= 0xE0 && c < 0xF0:
		r, n = rune(c&0x0F), 3
	case c >= 0xF0 && c < 0xF5:
		r, n = rune(c&0x07), 4
	}
	if n == 0 || i+n > len(s) {
		return 0xFFFD, 1
	}
	for j := i + 1; j < i+n; j++ {
		if s[j]&0xC0 != 0x80 {
			return 0xFFFD, 1
		}
		r = r<<6 | rune(s[j]&0x3F)
	}
	if n == 3 && r < 0x800 || n == 4 && (r < 0x10000 || r > 0x10FFFF) {
		return 0xFFFD, 1
	}
	return r, n
}
