// SPDX-License-Identifier: Apache-2.0

package target

import (
	"strconv"
	"unicode/utf8"
)

// decode undoes one layer of escapes in place: %XX, and %uXXXX as IIS knows it.
// An escape that is invalid stays.
func decode(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if value, size := escape(b[i:]); size == len("%uXXXX") {
			// Three bytes at most, so that out stays behind what is read.
			out = utf8.AppendRune(out, rune(value))
			i += size
		} else if size > 0 {
			out = append(out, byte(value))
			i += size
		} else {
			out = append(out, b[i])
			i++
		}
	}
	return out
}

// escape returns the value and the length of the escape that b starts with. The
// length is 0 where there is none.
func escape(b []byte) (value uint64, size int) {
	var digits []byte
	switch {
	case len(b) >= 3 && b[0] == '%' && b[1] != 'u' && b[1] != 'U':
		size, digits = 3, b[1:3]
	case len(b) >= 6 && b[0] == '%':
		size, digits = 6, b[2:6]
	default:
		return 0, 0
	}
	for _, c := range digits {
		if lc := lowerByte(c); (c < '0' || c > '9') && (lc < 'a' || lc > 'f') {
			return 0, 0
		}
	}
	value, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil {
		return 0, 0
	}
	return value, size
}

// shorten replaces overlong UTF-8 of ASCII characters in place, since lenient decoders
// accept it: 0xC0 0xAF is a slash.
func shorten(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if c, size := overlong(b[i:]); size > 0 {
			out = append(out, c)
			i += size
		} else {
			out = append(out, b[i])
			i++
		}
	}
	return out
}

// overlong returns the ASCII character that b starts with, spelled in two to six bytes,
// and the number of these bytes. It returns 0 if there is none. If the last byte is
// invalid, its lower six bits count all the same, as in decoders that do not validate,
// provided that they make a separator or a dot.
func overlong(b []byte) (c byte, size int) {
	if len(b) < 2 || b[0] < 0xC0 {
		return 0, 0
	}
	high := b[0] & 1 // bit 6 of the character
	size = 2
	if b[0]&^1 != 0xC0 {
		for _, lead := range []byte{0xE0, 0xF0, 0xF8, 0xFC} {
			size++
			if b[0] == lead {
				break
			}
		}
		if len(b) < size || size == 6 && b[0] != 0xFC {
			return 0, 0
		}
		for _, zero := range b[1 : size-2] {
			if zero != 0x80 {
				return 0, 0
			}
		}
		if b[size-2]&^1 != 0x80 {
			return 0, 0
		}
		high = b[size-2] & 1
	}
	last := b[size-1]
	c = high<<6 | last&0x3F
	if last&0xC0 != 0x80 && c != '/' && c != '\\' && c != '.' {
		return 0, 0
	}
	return c, size
}
