// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// Answer is what is compared of a response.
type Answer struct {
	Status     int               `json:"status"`
	Headers    map[string]string `json:"headers"` // of [ComparedHeaders], those that are there
	Body       string            `json:"body,omitempty"`
	BodyPrefix string            `json:"body_prefix,omitempty"` // instead of Body: it begins so
}

// ComparedHeaders are the headers that must be the same.
var comparedHeaders = []string{"Content-Type", "Allow", "Vary", "WWW-Authenticate", "Set-Cookie"}

// ComparedHeaders returns the names of the headers that must be the same.
func ComparedHeaders() []string { return comparedHeaders }

// NewAnswer takes from a response what is compared.
func NewAnswer(status int, header http.Header, body []byte) Answer {
	a := Answer{Status: status, Headers: map[string]string{}, Body: string(body)}
	for _, name := range comparedHeaders {
		if values := header.Values(name); len(values) > 0 {
			a.Headers[name] = strings.Join(values, ", ")
		}
	}
	return a
}

// Diff says in which way got is not the answer a, or "".
func (a *Answer) Diff(got *Answer) string {
	var out []string
	if a.Status != got.Status {
		out = append(out, fmt.Sprintf("status %d, want %d", got.Status, a.Status))
	}
	for _, name := range comparedHeaders {
		if a.Headers[name] != got.Headers[name] {
			out = append(out, fmt.Sprintf("%s %q, want %q", name, got.Headers[name], a.Headers[name]))
		}
	}
	switch {
	case a.BodyPrefix != "" && !strings.HasPrefix(got.Body, a.BodyPrefix):
		out = append(out, fmt.Sprintf("body %q, want it to begin with %q", got.Body, a.BodyPrefix))
	case a.BodyPrefix == "" && a.Body != got.Body:
		out = append(out, fmt.Sprintf("body\n\t%q, want\n\t%q", got.Body, a.Body))
	}
	return strings.Join(out, "; ")
}
