// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"encoding/binary"
	"math/bits"
)

// The scan functions read one item of data, starting at i, and return the index behind
// it. If they fail, the index is the one that Python's error names.

func skipSpace(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\t' || data[i] == '\n' || data[i] == '\r') {
		i++
	}
	return i
}

func skipDigits(data []byte, i int) int {
	for i < len(data) && data[i]-'0' < 10 {
		i++
	}
	return i
}

// scanString expects i behind the opening quote and returns the index of the
// closing one, and whether there is a backslash in between.
func scanString(data []byte, i int) (end int, escaped bool, f fault) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	open := i - 1
	for {
		// Eight bytes at a time. The lowest set bit marks a quote, a backslash or a
		// control character; higher ones may come from a borrow.
		for i+8 <= len(data) {
			x := binary.LittleEndian.Uint64(data[i:])
			q, b := x^(ones*'"'), x^(ones*'\\')
			hit := ((q - ones) &^ q) | ((b - ones) &^ b) | ((x - ones*0x20) &^ x)
			if hit &= highs; hit != 0 {
				i += bits.TrailingZeros64(hit) / 8
				break
			}
			i += 8
		}
		for i < len(data) && data[i] >= 0x20 && data[i] != '"' && data[i] != '\\' {
			i++
		}
		switch {
		case i >= len(data):
			return open, escaped, unterminated
		case data[i] == '"':
			return i, escaped, none
		case data[i] != '\\':
			return i, escaped, badControl
		case i+1 >= len(data):
			return open, escaped, unterminated
		}
		escaped = true
		switch data[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		case 'u':
			// Python wants one more character after the four digits.
			if i+6 >= len(data) || hex4(data[i+2:]) < 0 {
				return i + 1, escaped, badUnicodeEscape
			}
			i += 6
		default:
			return i, escaped, badEscape
		}
	}
}

// hex4 is the value of the four hexadecimal digits that b starts with, or -1.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case c-'0' < 10:
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// scanNumber reads the longest number, like _match_number_unicode. It leaves the rest of
// "1." and "1e" to the caller, which expects a delimiter next.
func scanNumber(data []byte, start int) (int, fault) {
	i := start
	if data[i] == '-' {
		i++
	}
	if i >= len(data) || data[i]-'0' >= 10 {
		return start, badValue
	}
	digits := i
	if data[i] == '0' {
		i++
	} else {
		i = skipDigits(data, i)
	}
	digits = i - digits
	float := false
	if i+1 < len(data) && data[i] == '.' && data[i+1]-'0' < 10 {
		float = true
		i = skipDigits(data, i+2)
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		exp := i + 1
		if exp < len(data) && (data[exp] == '+' || data[exp] == '-') {
			exp++
		}
		if end := skipDigits(data, exp); end > exp {
			float = true
			i = end
		}
	}
	if digits > MaxDigits && !float {
		return start, tooManyDigits
	}
	return i, none
}

// scanConstant expects NaN, Infinity or -Infinity.
func scanConstant(data []byte, i int) (int, fault) {
	for _, word := range [...]string{"NaN", "Infinity", "-Infinity"} {
		if end := i + len(word); end <= len(data) && string(data[i:end]) == word {
			return end, none
		}
	}
	return i, badValue
}

func scanWord(data []byte, i int, word string) (int, fault) {
	if end := i + len(word); end <= len(data) && string(data[i:end]) == word {
		return end, none
	}
	return i, badValue
}

// scanValue reads any value. depth is how many containers are open around it.
func scanValue(data []byte, i, depth int, mode Mode) (end int, escaped bool, f fault) {
	if i >= len(data) {
		return i, false, badValue
	}
	switch data[i] {
	case '"':
		end, escaped, f = scanString(data, i+1)
		if f == none {
			end++
		}
		return end, escaped, f
	case '{', '[':
		end, f = scanContainer(data, i, depth, mode)
		return end, false, f
	}
	end, f = scanScalar(data, i, mode)
	return end, false, f
}

// scanScalar reads any value but a string, an array or an object.
func scanScalar(data []byte, i int, mode Mode) (int, fault) {
	switch data[i] {
	case 't':
		return scanWord(data, i, "true")
	case 'f':
		return scanWord(data, i, "false")
	case 'n':
		return scanWord(data, i, "null")
	case '-':
		if i+1 >= len(data) || data[i+1] != 'I' {
			return scanNumber(data, i)
		}
	case 'N', 'I':
	default:
		return scanNumber(data, i)
	}
	end, f := scanConstant(data, i)
	if f == none && mode == Strict {
		return i, constant
	}
	return end, f
}
