// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// readJSON does what JSONParser does (rest_framework/parsers.py). Of duplicate
// members the last one counts.
func (s *Scratch) readJSON(cs charset, field string) (fieldValue, *Refusal) {
	data, fault := s.decode(cs)
	if fault != "" {
		return fieldValue{}, badJSON(fault)
	}
	if !startsObject(data) {
		return fieldValue{}, notObject(data)
	}
	var (
		m       pyjson.Members
		v       fieldValue
		escaped bool
	)
	m.Reset(data, pyjson.Strict)
	for m.Next() {
		if !m.KeyIs(field) {
			continue
		}
		v, escaped = fieldValue{}, false
		switch m.Kind() {
		case pyjson.String:
			v.kind = str
			v.text, escaped = m.Text()
		case pyjson.Int, pyjson.Float:
			v = fieldValue{str, m.Value()}
		case pyjson.Null:
			v.kind = null
		default:
			v.kind = notString
		}
	}
	if err := m.Err(); err != nil {
		return fieldValue{}, noJSON(err)
	}
	if escaped {
		v.text = pyjson.Unescape(v.text[:0], v.text)
	}
	return v, nil
}

func startsObject(data []byte) bool {
	for _, c := range data {
		switch c {
		case ' ', '\t', '\n', '\r':
		default:
			return c == '{'
		}
	}
	return false
}

// notObject refuses a document that is no object, as the parser or the serializer does.
func notObject(data []byte) *Refusal {
	span, err := pyjson.Value(data, pyjson.Strict)
	if err != nil {
		return noJSON(err)
	}
	switch pyjson.KindOf(span) {
	case pyjson.Null:
		return refuseField("non_field_errors", "No data provided")
	case pyjson.Array:
		return notDict("list")
	case pyjson.String:
		return notDict("str")
	case pyjson.Bool:
		return notDict("bool")
	case pyjson.Int:
		return notDict("int")
	}
	return notDict("float")
}
