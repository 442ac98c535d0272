// SPDX-License-Identifier: Apache-2.0

package drf

import (
	_ "embed"
	"strings"
)

// charset says how we read a codec of Python.
type charset uint8

const (
	utf8Charset charset = iota
	asciiCharset
	latin1Charset
	utf16Charset
	utf16LECharset
	utf16BECharset
	utf32Charset
	utf32LECharset
	utf32BECharset

	otherCharset     // a text encoding that only Python reads
	binaryCharset    // no text encoding, such as zlib
	undefinedCharset // the codec that knows no text at all
)

// readCodecs are the modules of Lib/encodings that we decode as Python does.
var readCodecs = map[string]charset{
	"utf_8": utf8Charset, "ascii": asciiCharset, "latin_1": latin1Charset, "iso8859_1": latin1Charset,
	"utf_16": utf16Charset, "utf_16_le": utf16LECharset, "utf_16_be": utf16BECharset,
	"utf_32": utf32Charset, "utf_32_le": utf32LECharset, "utf_32_be": utf32BECharset,
	"undefined": undefinedCharset,
}

//go:embed codecs.txt
var codecsText string

// codec is a codec by one of its names.
type codec struct {
	charset charset
	alias   bool // the name is not the module's
}

// codecs are the codecs of Python by their normalized names.
var codecs = func() map[string]codec {
	all := make(map[string]codec)
	for line := range strings.Lines(codecsText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		module, binary := strings.CutPrefix(strings.Fields(line)[0], "!")
		c := otherCharset
		if known, ok := readCodecs[module]; ok {
			c = known
		} else if binary {
			c = binaryCharset
		}
		for _, alias := range strings.Fields(line)[1:] {
			all[alias] = codec{c, true}
		}
		all[module] = codec{c, false}
	}
	return all
}()

// lookupCodec does what codecs.lookup does with the name of an encoding.
func lookupCodec(name string) (_ charset, found bool) {
	// As encodings.normalize_encoding does: each run of other characters is one
	// underscore, and none stands first or last.
	var buf [64]byte
	norm, gap, dot := buf[:0], false, false
	for i := range len(name) {
		c := name[i]
		switch {
		case c-'A' < 26:
			c += 'a' - 'A'
		case c-'a' < 26 || c-'0' < 10:
		case c == '.':
			dot = true
		default:
			gap = true
			continue
		}
		if gap && len(norm) > 0 {
			norm = append(norm, '_')
		}
		norm, gap = append(norm, c), false
	}
	c, found := codecs[string(norm)]
	if !found && dot {
		// encodings.search_function looks for aliases once more, and not for modules.
		c = codecs[strings.ReplaceAll(string(norm), ".", "_")]
		found = c.alias
	}
	return c.charset, found
}
