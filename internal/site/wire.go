// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// wire carries tokens between clients and an endpoint. All its methods may use the
// memory of m, in which take leaves what the others need to know of the request.
type wire interface {
	// take finds the token of a request. Its error is a [*drf.Refusal], one of
	// simplejwt's errors about tokens, or the error of reading the body.
	take(m *memory, r *http.Request) (token []byte, err error)

	// give answers a refresh. Its error says why the client could not keep the tokens.
	give(m *memory, pair simplejwt.Pair) (drf.Answer, error)

	// end answers a logout.
	end(m *memory) drf.Answer

	// refuse completes the answer to a token that was refused with err.
	refuse(m *memory, answer drf.Answer, err error) drf.Answer
}

// bodyWire is the wire of SimpleJWT's views: tokens are fields of JSON bodies.
type bodyWire struct {
	*Site
	field string // of the request
}

func (b bodyWire) take(m *memory, r *http.Request) ([]byte, error) {
	return m.request.BodyField(r, b.Release, b.field, b.MaxBody)
}

func (b bodyWire) give(m *memory, pair simplejwt.Pair) (drf.Answer, error) {
	return pairInBody(m, &pair), nil
}

func (b bodyWire) end(*memory) drf.Answer { return empty }

func (b bodyWire) refuse(_ *memory, answer drf.Answer, _ error) drf.Answer { return answer }

// pairInBody is the answer of TokenRefreshView. Tokens need no escapes in JSON.
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
