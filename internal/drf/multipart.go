// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

const (
	// maxPartHeader is Django's MAX_TOTAL_HEADER_SIZE.
	maxPartHeader = 1024
	// maxFiles is Django's DATA_UPLOAD_MAX_NUMBER_FILES.
	maxFiles = 100
)

// readMultipart does what DRF's and then Django's MultiPartParser do
// (django/http/multipartparser.py). They are more lenient than mime/multipart: anything
// between two boundaries is a part. A file of the field's name comes after all other
// parts, since DRF adds the files last.
func (s *Scratch) readMultipart(c *content, cs charset, d *release.Django, field string) (v fieldValue, _ *Refusal) {
	boundary, fault := boundaryOf(c)
	if fault != "" {
		return v, badMultipart(fault)
	}
	separator := []byte("--" + boundary)
	file, fields, files, size := false, 0, 0, 0
	for rest := s.body; len(rest) > 0; {
		var data []byte
		var more bool
		data, rest, more = bytes.Cut(rest, separator)
		if more {
			data = bytes.TrimSuffix(data, []byte("\n"))
			data = bytes.TrimSuffix(data, []byte("\r"))
		}
		p, fault := parsePart(data, d)
		switch {
		case fault != "":
			return v, badMultipart(fault)
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
		case !p.named:
		case p.file && p.fileName:
			if !p.whole(d) {
				return v, badMultipart("Could not decode base64 data.").edgeOnly() // Python 3.12 accepts some of it
			}
			// Django adds a file once the next part begins.
			file = file || p.name == field && len(rest) > 0
		case p.file: // it is skipped
		default:
			if size += len(p.data) + len(p.name) + 2; size > maxData {
				return v, tooMuchData()
			}
			if p.name == field {
				v = fieldValue{str, p.text(cs, d)}
			}
		}
	}
	if file {
		v = fieldValue{kind: notString}
	}
	return v, nil
}

// boundaryOf returns the boundary, or the reason why there is none.
func boundaryOf(c *content) (boundary, fault string) {
	if !strings.HasPrefix(c.header, "multipart/") {
		return "", "Invalid Content-Type: " + latin1(c.header)
	}
	if !isASCII([]byte(c.header)) {
		return "", "Invalid non-ASCII Content-Type in multipart: " + latin1(c.header)
	}
	boundary, found := c.media.parameter("boundary")
	if !found {
		return "", "Invalid boundary in multipart: None"
	}
	ok := len(boundary) > 0 && len(boundary) <= 201 && boundary[len(boundary)-1] != ' '
	for i := range len(boundary) {
		ok = ok && boundary[i] >= ' ' && boundary[i] <= '~'
	}
	if !ok {
		return "", "Invalid boundary in multipart: " + boundary
	}
	return boundary, ""
}
