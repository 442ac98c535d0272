// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"errors"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// part is the text between two boundaries.
type part struct {
	name     string
	named    bool // it has a Content-Disposition with a name
	file     bool // the Content-Disposition has a filename too
	fileName bool // Django's sanitizing leaves some of the filename
	base64   bool
	data     []byte
}

// parsePart reads a part's headers (django/http/multipartparser.py,
// parse_boundary_stream). The fault, if any, says why the request is refused.
func parsePart(data []byte, d *release.Django) (p part, fault string) {
	end := bytes.Index(data[:min(len(data), maxPartHeader)], []byte("\r\n\r\n"))
	if end < 0 {
		if d.LimitsPartHeaders && len(data) >= maxPartHeader {
			fault = "Request max total header size exceeded."
		}
		return p, fault
	}
	header := data[:end]
	p.data = data[end+4:]
	for more := true; more; {
		var line []byte
		line, header, more = bytes.Cut(header, []byte("\r\n"))
		if !utf8.Valid(line) {
			continue
		}
		name, h, err := partHeader(string(line), d)
		switch {
		case errors.Is(err, errHeaderCrash):
			return p, "A part has a header that cannot be read."
		case err != nil:
		case name == "content-disposition":
			p.name, p.named = h.parameter("name")
			p.name = strings.Trim(p.name, " \t\n\r\v\f")
			fileName, _ := h.parameter("filename")
			p.file = fileName != ""
			p.fileName = keepsFileName(fileName)
		case name == "content-transfer-encoding":
			p.base64 = strings.ToLower(trim(h.value)) == "base64"
		}
	}
	return p, ""
}

// partHeader reads one header of a part.
func partHeader(line string, d *release.Django) (name string, h headerValue, err error) {
	if d.CutsPartHeaderFirst {
		name, value, colon := strings.Cut(line, ":")
		if !colon {
			return "", h, errHeaderValue
		}
		h, err = parseHeader(strings.TrimLeft(value, " "), d)
		return strings.TrimRight(strings.ToLower(name), " "), h, err
	}
	if h, err = parseHeader(line, d); err != nil {
		return "", h, err
	}
	name, value, colon := strings.Cut(h.value, ":")
	if !colon {
		return "", h, errHeaderValue
	}
	h.value = value
	return strings.ToLower(name), h, nil
}

// keepsFileName reports whether MultiPartParser.sanitize_file_name leaves
// anything; a file without a name is skipped.
func keepsFileName(name string) bool {
	name = html.UnescapeString(name)
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, name)
	return name != "" && name != "." && name != ".."
}

// text is the part's content as Python decodes it with errors="replace".
func (p *part) text(cs charset, d *release.Django) []byte {
	data := p.data
	if p.base64 {
		if decoded, ok := decodeBase64(data, d.StrictBase64); ok {
			data = decoded
		}
	}
	switch cs {
	case latin1Charset, asciiCharset:
		return decodeReplacing(data, cs)
	}
	return replaceUTF8(data)
}

// whole reports whether the content of a file can be decoded.
func (p *part) whole(d *release.Django) bool {
	if !p.base64 {
		return true
	}
	data := bytes.Join(bytes.FieldsFunc(p.data, isByteSpace), nil)
	if d.WholeQuads && len(data)%4 != 0 {
		return false
	}
	_, ok := decodeBase64(data, d.StrictBase64)
	return ok
}

// isByteSpace reports whether r is white space for Python's bytes.split.
func isByteSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }

// replaceASCII is data.decode("ascii", "replace").
func replaceASCII(data []byte) (out []byte) {
	for _, c := range data {
		if c < utf8.RuneSelf {
			out = append(out, c)
		} else {
			out = utf8.AppendRune(out, utf8.RuneError)
		}
	}
	return out
}
