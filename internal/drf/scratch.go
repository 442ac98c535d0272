// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// keepBytes is how large a buffer may be to be kept for the next request. The usual body
// has a few hundred bytes; without a limit a few large bodies would make every entry of a
// pool large.
const keepBytes = 16 << 10

// Scratch holds the buffers that reading one request needs. The zero value is
// ready. It serves one request at a time: put it into a pool after [Scratch.Reset].
type Scratch struct {
	body []byte // as it was received
	text []byte // transcoded to UTF-8, or another copy that parsing needs
}

// Reset releases buffers that a large request made grow. Values that
// [Scratch.BodyField] returned are no longer valid.
func (s *Scratch) Reset() {
	if cap(s.body) > keepBytes {
		s.body = nil
	}
	if cap(s.text) > keepBytes {
		s.text = nil
	}
}

// BodyField reads the body as a DRF view of the given release does if its serializer has
// one required CharField of that name. It returns the field's validated value: UTF-8,
// without surrounding white space, not empty. The value is part of s. A JSON number
// keeps its spelling, where Python would give its str().
//
// maxBody is the greatest length of a body, in bytes.
//
// The error is a [*Refusal], with the answer to give (400, 413 or 415), or the
// error that reading r.Body returned, as it came.
//
// Unlike DRF it reads a chunked body: WSGI cannot, so Django sees an empty one.
func (s *Scratch) BodyField(r *http.Request, rel *release.Release, field string, maxBody int64) ([]byte, error) {
	value, refusal, err := s.readField(r, rel, field, maxBody, false)
	if refusal != nil {
		return nil, refusal
	}
	return value, err
}

// OptionalBodyField is [Scratch.BodyField] for a CharField that is not required, in a view
// that takes the value from request.data: with the white space around it. A field that is
// missing is a [*Refusal] with Missing, and so is one that is empty in a form
// (rest_framework/fields.py, Field.get_value).
func (s *Scratch) OptionalBodyField(r *http.Request, rel *release.Release, field string, maxBody int64) ([]byte, error) {
	value, refusal, err := s.readField(r, rel, field, maxBody, true)
	if refusal != nil {
		return nil, refusal
	}
	return value, err
}

func (s *Scratch) readField(r *http.Request, rel *release.Release, field string, maxBody int64, optional bool) ([]byte, *Refusal, error) {
	var c content
	refusal := c.read(contentType(r.Header), rel)
	switch {
	case refusal != nil:
		return nil, refusal, nil
	case r.Body == nil || r.ContentLength == 0:
		// An empty body has no type (request.py, Request._parse).
		return nil, refuseMissing(field), nil
	case r.ContentLength > 0 && c.parser == noParser:
		return nil, unsupportedMediaType(c.header), nil
	case r.ContentLength > maxBody:
		return nil, tooLarge(maxBody), nil
	}
	refusal, err := s.readBody(r, maxBody)
	if refusal != nil || err != nil {
		return nil, refusal, err
	}
	if len(s.body) == 0 {
		return nil, refuseMissing(field), nil
	}
	value, refusal := s.parsed(&c, rel, field, optional)
	if refusal != nil && onlyPython(&c.media.headerValue) {
		refusal.EdgeOnly = true // the edge read the body as UTF-8, unlike Django
	}
	return value, refusal, nil
}

// parsed finds the field in the body and validates it.
func (s *Scratch) parsed(c *content, rel *release.Release, field string, optional bool) ([]byte, *Refusal) {
	v, refusal := s.parse(c, rel, field)
	if refusal != nil {
		return nil, refusal
	}
	if optional {
		return v.validateOptional(field, c.parser != jsonParser)
	}
	return v.validate(field)
}

// maxData is Django's DATA_UPLOAD_MAX_MEMORY_SIZE.
const maxData = 2_621_440

// parse finds the field in the body.
func (s *Scratch) parse(c *content, rel *release.Release, field string) (fieldValue, *Refusal) {
	switch {
	case c.parser == noParser:
		return fieldValue{}, unsupportedMediaType(c.header)
	case c.parser != multipartParser && rel.DRF.BuffersBody && len(s.body) > maxData:
		return fieldValue{}, tooMuchData()
	}
	cs, refusal := charsetOf(&c.media.headerValue, &rel.DRF)
	switch {
	case refusal != nil:
		return fieldValue{}, refusal
	case c.parser == jsonParser:
		return s.readJSON(cs, field)
	case c.parser == formParser:
		return s.readForm(cs, field)
	}
	return s.readMultipart(c, cs, &rel.Django, field)
}
