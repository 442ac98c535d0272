// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxPartHeader is Django's MAX_TOTAL_HEADER_SIZE. (Django 4.2 passes over a
	// part with longer headers instead of refusing the request.)
	maxPartHeader = 1024
	// maxFiles is Django's DATA_UPLOAD_MAX_NUMBER_FILES.
	maxFiles = 100
)

// readMultipart does what MultiPartParser does: DRF's, then Django's in
// django/http/multipartparser.py, which is more lenient than mime/multipart and
// takes for a part whatever stands between two boundaries. A file of the field's
// name counts after all other parts, as DRF adds the files last. Unlike there, a
// file is not decoded, so it is never found to be bad base64.
func (s *Scratch) readMultipart(contentType, field string) (v fieldValue, _ *Refusal) {
	boundary, fault := boundaryOf(contentType)
	if fault != "" {
		return v, badMultipart(fault)
	}
	cs := charsetOf(contentType)
	separator := []byte("--" + boundary)
	file, fields, files := false, 0, 0
	for rest := s.body; len(rest) > 0; {
		var data []byte
		var more bool
		data, rest, more = bytes.Cut(rest, separator)
		if more {
			data = bytes.TrimSuffix(data, []byte("\n"))
			data = bytes.TrimSuffix(data, []byte("\r"))
		}
		p, ok := parsePart(data)
		switch {
		case !ok:
			return v, badMultipart("Request max total header size exceeded.")
		case !p.file:
			// Two for what stands before the first and after the last boundary.
			if fields++; fields > maxFields+2 {
				return v, tooManyFields()
			}
		case p.named:
			if files++; files > maxFiles {
				return v, tooManyFiles()
			}
		}
		switch {
		case !p.named || p.name != field:
		case p.file:
			// A file is taken in once the next part begins.
			file = file || p.fileName && len(rest) > 0
		default:
			v = fieldValue{str, p.text(cs)}
		}
	}
	if file {
		v = fieldValue{kind: notString}
	}
	return v, nil
}

// boundaryOf returns the boundary, or why there is none.
func boundaryOf(contentType string) (boundary, fault string) {
	if !strings.HasPrefix(contentType, "multipart/") {
		return "", "Invalid Content-Type: " + latin1(contentType)
	}
	if !isASCII([]byte(contentType)) {
		return "", "Invalid non-ASCII Content-Type in multipart: " + latin1(contentType)
	}
	boundary, found := parseMediaType(contentType).parameter("boundary")
	if !found {
		return "", "Invalid boundary in multipart: None"
	}
	ok := len(boundary) > 0 && len(boundary) <= 201 && boundary[len(boundary)-1] != ' '
	for i := range len(boundary) {
		ok = ok && boundary[i] >= ' ' && boundary[i] <= '~'
	}
	if !ok {
		return "", "Invalid boundary in multipart: " + latin1(boundary)
	}
	return boundary, ""
}

// part is what stands between two boundaries.
type part struct {
	name     string
	named    bool // it has a Content-Disposition with a name
	file     bool // and that has a filename
	fileName bool // of which something is left for Django
	base64   bool
	data     []byte
}

// parsePart reads a part's headers. It fails if they are too long.
func parsePart(data []byte) (p part, ok bool) {
	end := bytes.Index(data[:min(len(data), maxPartHeader)], []byte("\r\n\r\n"))
	if end < 0 {
		return p, len(data) < maxPartHeader
	}
	header := data[:end]
	p.data = data[end+4:]
	for more := true; more; {
		var line []byte
		line, header, more = bytes.Cut(header, []byte("\r\n"))
		if !utf8.Valid(line) {
			continue
		}
		main, params := cutParameter(string(line))
		name, value, colon := strings.Cut(strings.ToLower(strings.TrimSpace(main)), ":")
		switch {
		case !colon:
		case name == "content-disposition":
			m := mediaType{params: params}
			p.name, p.named = m.parameter("name")
			p.name = string(strip([]byte(p.name)))
			fileName, _ := m.parameter("filename")
			p.file = fileName != ""
			p.fileName = keepsFileName(fileName)
		case name == "content-transfer-encoding":
			p.base64 = strings.TrimSpace(value) == "base64"
		}
	}
	return p, true
}

// keepsFileName reports whether MultiPartParser.sanitize_file_name leaves
// anything; a file without a name is skipped. (It also resolves HTML entities.)
func keepsFileName(name string) bool {
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
func (p part) text(cs charset) []byte {
	data := p.data
	if p.base64 {
		if decoded, ok := decodeBase64(data); ok {
			data = decoded
		}
	}
	switch {
	case cs == latin1Charset:
		return appendLatin1(nil, data)
	case cs == asciiCharset:
		return replaceASCII(data)
	}
	return replaceUTF8(data)
}

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
