// SPDX-License-Identifier: Apache-2.0

package target

import "strings"

// Odd reports whether a server might read path, in its escaped form, as another
// one: it has no leading slash, an empty or a dot segment, an escape, or a byte
// that a path need not hold unescaped. It looks at each byte once; a segment
// that only begins with a dot counts, which costs it the slower judgement.
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

// What a byte is, and from bit next on, what the byte after it must not be.
const (
	odd = 1 << iota
	slash
	dot
	next = iota
)

// class holds what each byte is: 0 where it is unreserved, or one of the others
// that RFC 3986 section 3.3 lets stand in a segment, but the semicolon. There
// are no branches on it, since this is what each POST that passes waits for.
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
