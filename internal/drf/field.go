// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"fmt"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// fieldValue is what a body holds for the field.
type fieldValue struct {
	kind fieldKind
	text []byte // of a string or a number
}

type fieldKind uint8

const (
	missing fieldKind = iota
	null
	notString
	str
)

// validateOptional does the same for a field that is not required, and returns the value
// as it came.
func (v fieldValue) validateOptional(field string, fromForm bool) ([]byte, *Refusal) {
	if fromForm && v.kind == str && len(v.text) == 0 {
		v.kind = missing
	}
	if _, refusal := v.validate(field); refusal != nil {
		return nil, refusal
	}
	return v.text, nil
}

// validate does what a required CharField does: CharField and Field in
// rest_framework/fields.py, then the two validators.
func (v fieldValue) validate(field string) ([]byte, *Refusal) {
	switch v.kind {
	case missing:
		return nil, refuseMissing(field)
	case null:
		return nil, refuseField(field, "This field may not be null.")
	case notString:
		return nil, refuseField(field, "Not a valid string.")
	}
	text := strip(v.text)
	if len(text) == 0 {
		return nil, refuseField(field, "This field may not be blank.")
	}
	var messages []string
	if bytes.IndexByte(text, 0) >= 0 {
		messages = append(messages, "Null characters are not allowed.")
	}
	if r, found := pyjson.Surrogate(text); found {
		messages = append(messages, fmt.Sprintf("Surrogate characters are not allowed: U+%X.", r))
	}
	if messages != nil {
		return nil, refuseField(field, messages...)
	}
	return text, nil
}
