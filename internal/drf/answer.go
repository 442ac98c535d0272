// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// Answer is a response before it is rendered.
type Answer struct {
	// Status is the HTTP status.
	Status int
	// Body is compact JSON, as DRF's JSONRenderer writes it. It is only read.
	Body []byte
	// Header holds the headers of this answer besides those that all answers have.
	Header []HeaderField
	// Cookies holds the values of Set-Cookie headers.
	Cookies []string
}

// HeaderField is one header of an answer. The name is in canonical form, such as
// Www-Authenticate.
type HeaderField struct{ Name, Value string }

// Format is the form of an answer, which the Accept header asked for.
type Format struct {
	// Indent is the number of spaces per level, 1 to 8, from the indent
	// parameter of the accepted media type. 0: compact.
	Indent int
	// JSONOnly says that JSON is the only form that the view has: its answers do
	// not vary (APIView.default_response_headers).
	JSONOnly bool
}

// Write sends the answer with the headers that DRF and Django's CommonMiddleware add,
// and with Cache-Control: no-store (RFC 6749, section 5.1), which they do not add. room
// is memory for the values of the headers, best for [HeaderRoom] of them. It belongs to
// the response from then on, and may be nil.
func (a *Answer) Write(w http.ResponseWriter, f Format, room []string) {
	body := a.Body
	if f.Indent > 0 {
		body = indent(body, f.Indent)
	}
	h := w.Header()
	// One array backs all values. Each slice ends where its value ends, so
	// that appending to one (a header rule of the config does) copies it.
	values := room[:0]
	if values == nil {
		values = make([]string, 0, HeaderRoom)
	}
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("Allow", "POST, OPTIONS")
	set("Cache-Control", "no-store")
	set("Content-Length", lengthText(len(body)))
	set("Content-Type", "application/json")
	for _, field := range a.Header {
		set(field.Name, field.Value)
	}
	if len(a.Cookies) > 0 {
		h["Set-Cookie"] = slices.Concat(h["Set-Cookie"], a.Cookies)
	}
	switch vary := h["Vary"]; {
	case f.JSONOnly:
	case len(vary) > 0:
		h["Vary"] = append(slices.Clip(vary), "Accept")
	default:
		set("Vary", "Accept")
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // an error means that the client is gone
}

// HeaderRoom is how many header values most answers have.
const HeaderRoom = 7

// lengths are the texts of the usual Content-Lengths, so that none is made for
// each answer.
var lengths = func() (texts [2 << 10]string) {
	for n := range texts {
		texts[n] = strconv.Itoa(n)
	}
	return texts
}()

func lengthText(n int) string {
	if n < len(lengths) {
		return lengths[n]
	}
	return strconv.Itoa(n)
}

// indent renders compact JSON as json.dumps(indent=n) does.
func indent(body []byte, n int) []byte {
	var buf bytes.Buffer
	if err := json.Indent(&buf, body, "", "        "[:min(n, 8)]); err != nil {
		return body // not JSON: a mistake of the caller
	}
	return buf.Bytes()
}

// Detail returns an answer with the body {"detail":"<text>"}.
func Detail(status int, text string) Answer {
	return Answer{Status: status, Body: AppendDetail(nil, text, "")}
}

// AppendDetail appends {"detail":"<text>","code":"<code>"} to dst, without the code if
// that is empty: the bodies of the exceptions of rest_framework and of SimpleJWT.
func AppendDetail(dst []byte, text, code string) []byte {
	dst = append(dst, `{"detail":`...)
	dst = pyjson.AppendQuoteUTF8(dst, text)
	if code != "" {
		dst = append(dst, `,"code":`...)
		dst = pyjson.AppendQuoteUTF8(dst, code)
	}
	return append(dst, '}')
}

// FieldErrors returns a 400 with the body {"<field>":["<message>",...]}, as for a
// rest_framework ValidationError. Errors of no field in particular have the field
// non_field_errors.
func FieldErrors(field string, messages ...string) Answer {
	b := append(pyjson.AppendQuoteUTF8([]byte{'{'}, field), ':')
	sep := byte('[')
	for _, m := range messages {
		b = pyjson.AppendQuoteUTF8(append(b, sep), m)
		sep = ','
	}
	return Answer{Status: http.StatusBadRequest, Body: append(b, ']', '}')}
}
