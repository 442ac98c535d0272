// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// unquotePercent is urllib.parse.unquote(s, encoding): the escapes in each run of
// ASCII characters are bytes in the charset.
func unquotePercent(s string, cs charset) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var out []byte
	for s != "" {
		end := 0
		for end < len(s) && s[end] < utf8.RuneSelf {
			end++
		}
		if end > 0 {
			out = append(out, decodeReplacing(percentBytes(s[:end]), cs)...)
		} else {
			_, end = utf8.DecodeRuneInString(s)
			out = append(out, s[:end]...)
		}
		s = s[end:]
	}
	return string(out)
}

// percentBytes is urllib.parse.unquote_to_bytes.
func percentBytes(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if high, low := unhex(s[i+1]), unhex(s[i+2]); high|low < 16 {
				c = high<<4 | low
				i += 2
			}
		}
		out = append(out, c)
	}
	return out
}

// rawUnicodeEscape is text.encode("raw-unicode-escape").
func rawUnicodeEscape(text string) []byte {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r <= 0xFF:
			out = append(out, byte(r))
		case r <= 0xFFFF:
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = fmt.Appendf(out, `\U%08x`, r)
		}
	}
	return out
}
