// SPDX-License-Identifier: Apache-2.0

package drf

import "unicode/utf8"

// decodeUTF8 is [Scratch.decode] for UTF-8.
func decodeUTF8(body []byte) (data []byte, fault string) {
	if utf8.Valid(body) {
		return body, ""
	}
	i := validUTF8(body)
	n, reason := faultUTF8(body[i:])
	switch {
	case reason == "",
		// CPython treats half a surrogate at the end as cut off, too.
		body[i] == 0xED && len(body) == i+2 && body[i+1]&0xE0 == 0xA0:
		return body[:i], ""
	}
	return nil, decodeError("utf-8", body, i, i+n, reason)
}

// validUTF8 is the length of the valid text that b starts with.
func validUTF8(b []byte) int {
	i := 0
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return i
}

// faultUTF8 returns how many bytes at the start of b Python reports as one error, and
// the reason. b must start with invalid UTF-8. An empty reason means that b ends in the
// middle of a character.
func faultUTF8(b []byte) (n int, reason string) {
	// The lead byte says how many follow and, in part, which the first may be.
	need, low, high := 0, byte(0x80), byte(0xBF)
	switch lead := b[0]; {
	case lead >= 0xC2 && lead <= 0xDF:
		need = 1
	case lead >= 0xE0 && lead <= 0xEF:
		need = 2
		if lead == 0xE0 {
			low = 0xA0
		} else if lead == 0xED {
			high = 0x9F
		}
	case lead >= 0xF0 && lead <= 0xF4:
		need = 3
		if lead == 0xF0 {
			low = 0x90
		} else if lead == 0xF4 {
			high = 0x8F
		}
	default:
		return 1, "invalid start byte"
	}
	for n = 1; n <= need; n++ {
		if n == len(b) {
			return n, ""
		}
		if b[n] < low || b[n] > high {
			break
		}
		low, high = 0x80, 0xBF
	}
	return n, "invalid continuation byte"
}

// replaceUTF8 is b.decode("utf-8", "replace"), b itself if that is valid.
func replaceUTF8(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	var out []byte
	for len(b) > 0 {
		n := validUTF8(b)
		out = append(out, b[:n]...)
		if b = b[n:]; len(b) > 0 {
			n, _ = faultUTF8(b)
			out = utf8.AppendRune(out, utf8.RuneError)
			b = b[n:]
		}
	}
	return out
}
