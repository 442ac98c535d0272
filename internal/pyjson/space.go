// SPDX-License-Identifier: Apache-2.0

package pyjson

// IsSpace reports whether Python's str.isspace holds for r. str.strip and int remove
// such characters. Go's set is smaller: it lacks U+001C to U+001F.
func IsSpace(r rune) bool {
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
