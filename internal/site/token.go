// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// source finds the token in a request. Its error is a [*drf.Refusal], or the error of
// reading the body. The token may use the memory of m.
type source func(m *memory, r *http.Request) (token []byte, err error)

// bodyField is the source of SimpleJWT's views: a field of the body.
func (s *Site) bodyField(name string) source {
	return func(m *memory, r *http.Request) ([]byte, error) {
		return m.request.BodyField(r, s.Release, name, s.MaxBody)
	}
}

// sink makes an answer of the tokens of a refresh. It may use the memory of m.
type sink func(m *memory, pair *simplejwt.Pair) drf.Answer

// pairInBody is the sink of SimpleJWT's views. Tokens need no escapes in JSON.
func pairInBody(m *memory, pair *simplejwt.Pair) drf.Answer {
	body := append(m.body[:0], `{"access":"`...)
	body = append(body, pair.Access...)
	if pair.Refresh != nil {
		body = append(body, `","refresh":"`...)
		body = append(body, pair.Refresh...)
	}
	m.body = append(body, `"}`...)
	return drf.Answer{Status: http.StatusOK, Body: m.body}
}

// empty is the answer of views that give nothing back.
var empty = drf.Answer{Status: http.StatusOK, Body: []byte("{}")}
