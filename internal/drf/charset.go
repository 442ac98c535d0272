// SPDX-License-Identifier: Apache-2.0

package drf

import "strconv"

// charset is a codec of Python that we read as Python does.
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
)

// charsets knows the codecs by their normalized names: Lib/encodings/aliases.py
// and the names of the modules themselves.
var charsets = map[string]charset{
	"ascii": asciiCharset, "646": asciiCharset, "ansi_x3.4_1968": asciiCharset, "ansi_x3.4_1986": asciiCharset,
	"ansi_x3_4_1968": asciiCharset, "cp367": asciiCharset, "csascii": asciiCharset, "ibm367": asciiCharset,
	"iso646_us": asciiCharset, "iso_646.irv_1991": asciiCharset, "iso_ir_6": asciiCharset, "us": asciiCharset,
	"us_ascii": asciiCharset,

	"latin_1": latin1Charset, "8859": latin1Charset, "cp819": latin1Charset, "csisolatin1": latin1Charset,
	"ibm819": latin1Charset, "iso8859": latin1Charset, "iso8859_1": latin1Charset, "iso_8859_1": latin1Charset,
	"iso_8859_1_1987": latin1Charset, "iso_ir_100": latin1Charset, "l1": latin1Charset, "latin": latin1Charset,
	"latin1": latin1Charset,

	"utf_16": utf16Charset, "u16": utf16Charset, "utf16": utf16Charset,
	"utf_16_le": utf16LECharset, "utf_16le": utf16LECharset, "unicodelittleunmarked": utf16LECharset,
	"utf_16_be": utf16BECharset, "utf_16be": utf16BECharset, "unicodebigunmarked": utf16BECharset,
	"utf_32": utf32Charset, "u32": utf32Charset, "utf32": utf32Charset,
	"utf_32_le": utf32LECharset, "utf_32le": utf32LECharset,
	"utf_32_be": utf32BECharset, "utf_32be": utf32BECharset,
}

// charsetOf returns the codec that the charset parameter of a Content-Type names.
// A name that Python does not know counts as UTF-8, as in Django. So do, unlike
// in Django, the codecs of Python that are missing here.
func charsetOf(contentType string) charset {
	if contentType == "application/json" {
		return utf8Charset
	}
	name, _ := parseMediaType(contentType).parameter("charset")
	if len(name) > 64 {
		return utf8Charset
	}
	// As encodings.normalize_encoding does, and codecs.lookup.
	var buf [64]byte
	norm, gap := buf[:0], false
	for i := range len(name) {
		c := name[i]
		switch {
		case c-'A' < 26:
			c += 'a' - 'A'
		case c-'a' < 26 || c-'0' < 10 || c == '.':
		default:
			gap = true
			continue
		}
		if gap && len(norm) > 0 {
			norm = append(norm, '_')
		}
		norm, gap = append(norm, c), false
	}
	return charsets[string(norm)]
}

// decode returns the body in UTF-8, or the text of the error that Python's stream
// reader for the charset raises. A character that is cut off at the end of the
// body is left out: the stream reader waits for the rest of it.
func (s *Scratch) decode(cs charset) (data []byte, fault string) {
	switch cs {
	case utf8Charset:
		return decodeUTF8(s.body)
	case asciiCharset:
		for i, c := range s.body {
			if c >= 0x80 {
				return nil, decodeError("ascii", s.body, i, i+1, "ordinal not in range(128)")
			}
		}
		return s.body, ""
	case latin1Charset:
		s.text = appendLatin1(s.text[:0], s.body)
		return s.text, ""
	case utf16Charset, utf16LECharset, utf16BECharset:
		return s.decodeUTF16(cs)
	}
	return s.decodeUTF32(cs)
}

// decodeError words a UnicodeDecodeError about body[start:end].
func decodeError(codec string, body []byte, start, end int, reason string) string {
	text := "'" + codec + "' codec can't decode "
	if end == start+1 {
		const digits = "0123456789abcdef"
		c := body[start]
		text += "byte 0x" + string([]byte{digits[c>>4], digits[c&15]}) + " in position " + strconv.Itoa(start)
	} else {
		text += "bytes in position " + strconv.Itoa(start) + "-" + strconv.Itoa(end-1)
	}
	return text + ": " + reason
}
