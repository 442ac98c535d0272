// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"unicode/utf8"
)

// maxFields is Django's DATA_UPLOAD_MAX_NUMBER_FIELDS.
const maxFields = 1000

// readForm does what FormParser and QueryDict do. A form in any charset but UTF-8, ASCII
// and Latin-1 is read as UTF-8.
func (s *Scratch) readForm(cs charset, field string) (fieldValue, *Refusal) {
	data := s.body
	switch {
	case cs == latin1Charset, cs == asciiCharset && !isASCII(data), !utf8.Valid(data):
		// What cannot be decoded is Latin-1 (django/http/request.py, QueryDict).
		s.text = appendLatin1(s.text[:0], data)
		data = s.text
	}
	text, found, refusal := formField(data, field, cs)
	if refusal != nil || !found {
		return fieldValue{}, refusal
	}
	return fieldValue{str, text}, nil
}

// formField returns the last value of name in a query string or form. It decodes in
// place, and so overwrites data.
func formField(data []byte, name string, cs charset) (value []byte, found bool, _ *Refusal) {
	if bytes.Count(data, []byte{'&'}) >= maxFields {
		return nil, false, tooManyFields()
	}
	for more := true; more; {
		var pair []byte
		pair, data, more = bytes.Cut(data, []byte{'&'})
		if len(pair) == 0 {
			continue
		}
		key, v, _ := bytes.Cut(pair, []byte{'='})
		if string(percentDecode(key, cs)) == name {
			value, found = v, true
		}
	}
	if !found {
		return nil, false, nil
	}
	return replaceUTF8(percentDecode(value, cs)), true, nil
}

// percentDecode undoes the form encoding in place. The escaped bytes are in the given
// charset. A % without two hexadecimal digits stays as it is.
func percentDecode(b []byte, cs charset) []byte {
	if bytes.IndexByte(b, '%') < 0 && bytes.IndexByte(b, '+') < 0 {
		return b
	}
	out := b[:0]
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '+':
			c = ' '
		case c == '%' && i+2 < len(b):
			high, low := unhex(b[i+1]), unhex(b[i+2])
			if high|low < 16 {
				c = high<<4 | low
				i += 2
			}
			// The result has at most three bytes, as many as were just read.
			if c >= utf8.RuneSelf && cs == latin1Charset {
				out = utf8.AppendRune(out, rune(c))
				continue
			}
			if c >= utf8.RuneSelf && cs == asciiCharset {
				out = utf8.AppendRune(out, utf8.RuneError)
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// unhex is the value of a hexadecimal digit, or a number above 15.
func unhex(c byte) byte {
	switch {
	case c-'0' < 10:
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xFF
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
