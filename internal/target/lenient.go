// SPDX-License-Identifier: Apache-2.0

package target

import (
	"bytes"
	"slices"
)

// lenient are steps that some servers take before they decode the next layer of escapes.
// Each returns a new text, or nil if it changes nothing. Judge tries each step with and
// without those before it. Two steps are there twice, since they may find more to do once
// overlong UTF-8 has been replaced.
var lenient = [...]func([]byte) []byte{
	withoutParameters,
	mend,
	func(b []byte) []byte { return shorten(b, false) },
	func(b []byte) []byte { return shorten(b, true) },
	mend,
	withoutParameters,
}

// touched reports whether one of the lenient steps might change b.
func touched(b []byte) bool {
	return slices.ContainsFunc(b, func(c byte) bool { return c == ';' || c >= 0x80 || isControl(c) })
}

// withoutParameters cuts each segment off at its semicolon, if a parameter has something
// to decode, which could add segments: "refresh;%2fx".
func withoutParameters(b []byte) []byte {
	if bytes.IndexByte(b, ';') < 0 {
		return nil
	}
	out := make([]byte, 0, len(b))
	inside, decodes := false, false
	for _, c := range b {
		switch {
		case separates(c):
			inside = false
		case c == ';':
			inside = true
		}
		if inside {
			decodes = decodes || c == '%' || c >= 0x80
		} else {
			out = append(out, c)
		}
	}
	if !decodes {
		return nil
	}
	return out
}

// mend drops what a server drops before it decodes, control characters and bytes that
// are not UTF-8, out of escapes and overlong UTF-8: "%2\t5". NUL stays, since servers cut
// the target off there.
func mend(b []byte) []byte {
	var out []byte
	from := 0
	open := 0 // how many digits an escape still lacks
	high := false
	for i, c := range b {
		switch {
		case c != 0 && isControl(c) && (open > 0 || high), c >= 0x80 && open > 0 && dropped(b[i:]) > 0:
			out = append(out, b[from:i]...)
			from = i + 1
			continue
		case c == '%':
			open = 2
		case open == 2 && lowerByte(c) == 'u':
			open = 4
		case open > 0 && isHex(c):
			open--
		default:
			open = 0
		}
		high = c >= 0x80
	}
	if from == 0 {
		return nil
	}
	return append(out, b[from:]...)
}

// shorten replaces overlong UTF-8 of ASCII characters, since lenient decoders accept it:
// 0xC0 0xAF is a slash. A careless decoder does not look whether the last byte is valid.
func shorten(b []byte, careless bool) []byte {
	var out []byte
	from := 0
	for i := 0; i < len(b); i++ {
		if c, size := overlong(b[i:], careless); size > 0 {
			out = append(append(out, b[from:i]...), c)
			from = i + size
			i = from - 1
		}
	}
	if from == 0 {
		return nil
	}
	return append(out, b[from:]...)
}

// overlong returns the ASCII character that b starts with, spelled in two to six bytes,
// and the number of these bytes. It returns 0 if there is none. If the last byte is
// invalid and the decoder careless, its lower six bits count all the same, provided that
// they make a separator or a dot.
func overlong(b []byte, careless bool) (c byte, size int) {
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
	if last&0xC0 != 0x80 && !(careless && (separates(c) || c == '.')) {
		return 0, 0
	}
	return c, size
}
