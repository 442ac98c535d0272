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
		if !isHex(c) {
			return 0, 0
		}
	}
	value, err := strconv.ParseUint(string(digits), 16, 32)
	if err != nil {
		return 0, 0
	}
	return value, size
}

func isHex(c byte) bool {
	lc := lowerByte(c)
	return '0' <= c && c <= '9' || 'a' <= lc && lc <= 'f'
}
