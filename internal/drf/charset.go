// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"net/http"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// charsetOf returns the charset that the Content-Type of a body names, as WSGIRequest
// reads it (django/http/request.py): one that Python does not know counts as UTF-8.
// Unlike in Django, so does one that only Python can decode.
func charsetOf(contentType *headerValue, d *release.DRF) (charset, *Refusal) {
	name, found := contentType.parameter("charset")
	if !found {
		return utf8Charset, nil
	}
	cs, found := lookupCodec(name)
	switch {
	case !found || cs == otherCharset:
		return utf8Charset, nil
	case cs != binaryCharset && cs != undefinedCharset:
		return cs, nil
	case d.TextCharsets:
		return utf8Charset, refuse(http.StatusBadRequest, `Unsupported charset "`+name+`" in request Content-Type header.`)
	}
	return utf8Charset, nil
}

// onlyPython reports whether a Content-Type names a charset that only Python can decode.
func onlyPython(contentType *headerValue) bool {
	name, found := contentType.parameter("charset")
	if !found {
		return false
	}
	cs, found := lookupCodec(name)
	return found && cs == otherCharset
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

// decodeReplacing is data.decode(charset, "replace"). A charset that only Python can
// decode is taken for ASCII.
func decodeReplacing(data []byte, cs charset) []byte {
	switch cs {
	case utf8Charset:
		return replaceUTF8(data)
	case latin1Charset:
		return appendLatin1(nil, data)
	}
	return replaceASCII(data)
}
