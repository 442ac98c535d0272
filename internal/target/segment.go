// SPDX-License-Identifier: Apache-2.0

package target

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// shape describes a segment after cleaning.
type shape struct {
	empty  bool // nothing is left, or a dot
	climbs bool // two dots, or more: old servers climb by three, too
	// A server may cut the target off within the segment: at a query, a fragment, or a
	// space or a control character, which ends the target if a proxy writes it on a
	// request line.
	cut      bool
	cutEmpty bool // and the part before is empty
}

func shapeOf(segment []byte) (s shape) {
	s.cut = slices.ContainsFunc(segment, cuts)
	dots, named := 0, false
	for i := 0; i < len(segment) && !named; i++ {
		c := segment[i]
		if cuts(c) {
			s.climbs = s.climbs || dots > 1
			s.cutEmpty = s.cutEmpty || dots <= 1
		}
		size := dropped(segment[i:])
		switch {
		case size > 0, c == ' ':
		case c == '.':
			dots++
		case c == ';', c == '%' && vanishes(segment[i:]):
			s.cutEmpty = s.cutEmpty || s.cut && dots <= 1
			i = len(segment)
		default:
			named = true
		}
	}
	if !named {
		s.climbs = s.climbs || dots > 1
		s.empty = dots <= 1
	}
	return s
}

// means reports whether segment is want once it has been cleaned, or would be if
// the target were cut off within it.
func means(segment []byte, want string) bool {
	i := 0
	for at := 0; at < len(want); {
		if i == len(segment) {
			return false
		}
		if size := dropped(segment[i:]); size > 0 {
			i += size
			continue
		}
		got, size := utf8.DecodeRune(segment[i:])
		wanted, width := utf8.DecodeRuneInString(want[at:])
		if fold(got) != fold(wanted) {
			return false
		}
		i += size
		at += width
	}
	return vanishes(segment[i:])
}

// vanishes reports whether nothing may be left of tail, the end of a segment. Servers
// cut it off, and take parameters, dots and an escape that ends too early off its end:
// uWSGI drops one. They do so in any order, and so "%2.%;x" vanishes.
func vanishes(tail []byte) bool {
	// Whether the next character may belong to an escape that ends after it.
	escape := false
	for len(tail) > 0 {
		c, size := tail[0], dropped(tail)
		switch {
		case c == ';', cuts(c):
			return true
		case size > 0: // drops out of the escape, too
		case c == '%', c == '.', escape:
			// Of a character that is not ASCII, the other bytes drop out as invalid.
			escape, size = c == '%', 1
		default:
			return false
		}
		tail = tail[size:]
	}
	return true
}

// fold returns one character for all that differ in case only, as (?i) in a URL pattern of
// Django sees it: re.IGNORECASE takes the Kelvin sign for a k, and the Turkish letters
// for an i.
func fold(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
		return rune(lowerByte(byte(r)))
	case r == '\u0130' || r == '\u0131':
		return 'i'
	}
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	if least < utf8.RuneSelf {
		return fold(least)
	}
	return least
}

// dropped returns how many bytes at the start of b are dropped wherever they stand: a
// control character, or a byte that is not UTF-8.
func dropped(b []byte) int {
	if isControl(b[0]) {
		return 1
	}
	if b[0] >= utf8.RuneSelf {
		if r, size := utf8.DecodeRune(b); r == utf8.RuneError && size == 1 {
			return 1
		}
	}
	return 0
}

func isControl(c byte) bool { return c < 0x20 || c == 0x7F }

func cuts(c byte) bool { return c == '?' || c == '#' || c == ' ' || isControl(c) }
