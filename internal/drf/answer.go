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
	// Challenge is the value of WWW-Authenticate, which goes with every 401.
	// Empty: no such header.
	Challenge string
	// RetryAfter is the value of Retry-After in seconds. 0: no such header.
	RetryAfter int
}

// Format is what the Accept header asked of the answer's looks.
type Format struct {
	// Indent is the number of spaces per level, 1 to 8, from the indent
	// parameter of the accepted media type. 0: compact.
	Indent int
	// JSONOnly is Scratch.JSONOnly: an answer that has no other form does not
	// vary (APIView.default_response_headers).
	JSONOnly bool
}

// Write sends the answer with the headers that DRF and Django's CommonMiddleware
// give it, and Cache-Control: no-store (RFC 6749, section 5.1), which they do not.
func (a *Answer) Write(w http.ResponseWriter, f Format) {
	body := a.Body
	if f.Indent > 0 {
		body = indent(body, f.Indent)
	}
	h := w.Header()
	// One array backs all values. Each slice ends where its value ends, so
	// that appending to one (a header rule of the config does) copies it.
	values := make([]string, 0, 7)
	set := func(name, value string) {
		values = append(values, value)
		h[name] = values[len(values)-1 : len(values) : len(values)]
	}
	set("Allow", "POST, OPTIONS")
	set("Cache-Control", "no-store")
	set("Content-Length", strconv.Itoa(len(body)))
	set("Content-Type", "application/json")
	if a.RetryAfter > 0 {
		set("Retry-After", strconv.Itoa(a.RetryAfter))
	}
	switch vary := h["Vary"]; {
	case f.JSONOnly:
	case len(vary) > 0:
		h["Vary"] = append(slices.Clip(vary), "Accept")
	default:
		set("Vary", "Accept")
	}
	if a.Challenge != "" {
		set("Www-Authenticate", a.Challenge)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(body) // an error means that the client is gone
}

// indent renders compact JSON as json.dumps(indent=n) does.
func indent(body []byte, n int) []byte {
	var buf bytes.Buffer
	if err := json.Indent(&buf, body, "", "        "[:min(n, 8)]); err != nil {
		return body // not JSON: a mistake of the caller, not to be made worse
	}
	return buf.Bytes()
}

// Detail returns an answer with the body {"detail":"<text>"}.
func Detail(status int, text string) Answer {
	return Answer{Status: status, Body: AppendDetail(nil, text, "")}
}

// AppendDetail appends {"detail":"<text>","code":"<code>"} to dst, without the
// code if that is empty: what rest_framework.exceptions and those of SimpleJWT
// become.
func AppendDetail(dst []byte, text, code string) []byte {
	dst = append(dst, `{"detail":`...)
	dst = pyjson.AppendQuoteUTF8(dst, text)
	if code != "" {
		dst = append(dst, `,"code":`...)
		dst = pyjson.AppendQuoteUTF8(dst, code)
	}
	return append(dst, '}')
}

// FieldErrors returns a 400 with the body {"<field>":["<message>",...]}: what a
// rest_framework ValidationError becomes. Errors of no field in particular have
// the field non_field_errors.
func FieldErrors(field string, messages ...string) Answer {
	b := append(pyjson.AppendQuoteUTF8([]byte{'{'}, field), ':')
	sep := byte('[')
	for _, m := range messages {
		b = pyjson.AppendQuoteUTF8(append(b, sep), m)
		sep = ','
	}
	return Answer{Status: http.StatusBadRequest, Body: append(b, ']', '}')}
}
