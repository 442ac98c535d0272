// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// strip is Python's str.strip.
func strip(b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if !pyjson.IsSpace(r) {
			break
		}
		b = b[n:]
	}
	for len(b) > 0 {
		r, n := utf8.DecodeLastRune(b)
		if !pyjson.IsSpace(r) {
			break
		}
		b = b[:len(b)-n]
	}
	return b
}

// trim is str.strip.
func trim(s string) string { return strings.TrimFunc(s, pyjson.IsSpace) }

// trimLatin1 is str.strip for a header value, whose bytes WSGI takes for Latin-1.
func trimLatin1(s string) string {
	for s != "" && pyjson.IsSpace(rune(s[0])) {
		s = s[1:]
	}
	for s != "" && pyjson.IsSpace(rune(s[len(s)-1])) {
		s = s[:len(s)-1]
	}
	return s
}

// latin1 returns a header value as WSGI hands it to Django: each byte is a character.
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
