// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

func (s *Scratch) decodeUTF16(cs charset) (data []byte, fault string) {
	b, i := s.body, 0
	little := cs != utf16BECharset
	unit := func(i int) rune {
		if little {
			return rune(binary.LittleEndian.Uint16(b[i:]))
		}
		return rune(binary.BigEndian.Uint16(b[i:]))
	}
	bare := false // without the byte order mark that has to be there
	if cs == utf16Charset && len(b) >= 2 {
		switch unit(0) {
		case 0xFEFF:
			i = 2
		case 0xFFFE:
			i, little = 2, false
		default:
			bare = true
		}
	}
	codec := "utf-16-be"
	if little {
		codec = "utf-16-le"
	}
	out := s.text[:0]
	for ; i+2 <= len(b); i += 2 {
		r := unit(i)
		switch {
		case !utf16.IsSurrogate(r):
		case r >= 0xDC00: // the low half comes second
			return nil, decodeError(codec, b, i, i+2, "illegal encoding")
		case i+4 > len(b):
			b = b[:i] // the low half is cut off: see decode
			continue
		default:
			pair := utf16.DecodeRune(r, unit(i+2))
			if pair == utf8.RuneError {
				return nil, decodeError(codec, b, i, i+2, "illegal UTF-16 surrogate")
			}
			r = pair
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	s.text = out
	if bare && len(out) > 0 {
		return nil, "UTF-16 stream does not start with BOM"
	}
	return out, ""
}

func (s *Scratch) decodeUTF32(cs charset) (data []byte, fault string) {
	b, i := s.body, 0
	little := cs != utf32BECharset
	unit := func(i int) uint32 {
		if little {
			return binary.LittleEndian.Uint32(b[i:])
		}
		return binary.BigEndian.Uint32(b[i:])
	}
	bare := false
	if cs == utf32Charset && len(b) >= 4 {
		switch unit(0) {
		case 0xFEFF:
			i = 4
		case 0xFFFE0000:
			i, little = 4, false
		default:
			bare = true
		}
	}
	codec := "utf-32-be"
	if little {
		codec = "utf-32-le"
	}
	out := s.text[:0]
	for ; i+4 <= len(b); i += 4 {
		r := unit(i)
		switch {
		case r >= 0x110000:
			return nil, decodeError(codec, b, i, i+4, "code point not in range(0x110000)")
		case utf16.IsSurrogate(rune(r)):
			return nil, decodeError(codec, b, i, i+4, "code point in surrogate code point range(0xd800, 0xe000)")
		}
		out = utf8.AppendRune(out, rune(r))
	}
	s.text = out
	if bare {
		return nil, "UTF-32 stream does not start with BOM"
	}
	return out, ""
}
