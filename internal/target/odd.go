// SPDX-License-Identifier: Apache-2.0

package target

import "strings"

// Odd reports whether a server might read path, in its escaped form, as another one: it
// has no leading slash, an empty or a dot segment, an escape, or a byte that should be
// escaped. It looks at each byte once, and so takes a segment that only begins with a
// dot for odd too; Judge then decides.
func Odd(path string) bool {
	if path == "" || path[0] != '/' {
		return true
	}
	var seen, bad uint8 = 0, odd
	for i := range len(path) {
		c := class[path[i]]
		seen |= c & bad
		bad = c >> next
	}
	return seen != 0
}

// The kinds of a byte. From bit next on: the kinds that the byte after it must not have.
const (
	odd = 1 << iota
	slash
	dot
	next = iota
)

// class holds the kinds of each byte: none if RFC 3986 section 3.3 allows it in a
// segment, except for the semicolon. Odd does not branch on them, since each POST that
// passes waits for it.
var class = func() (t [256]uint8) {
	const others = "-_~!$&'()*+,:=@"
	for c := range t {
		switch {
		case c == '/':
			t[c] = slash | (odd|slash|dot)<<next
		case c == '.':
			t[c] = dot | odd<<next
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(others, byte(c)) >= 0:
			t[c] = odd << next
		default:
			t[c] = odd
		}
	}
	return t
}()
