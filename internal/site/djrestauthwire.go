// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// DJRestAuth has the refresh endpoint answer as dj-rest-auth's view does.
type DJRestAuth struct {
	djrestauth.Wire
	AccessLifetime, RefreshLifetime time.Duration // ACCESS_TOKEN_LIFETIME, REFRESH_TOKEN_LIFETIME
}

// djRestAuthWire is the wire of dj-rest-auth (jwt_auth.py, get_refresh_view).
type djRestAuthWire struct {
	*Site
	*DJRestAuth
}

// errNoToken is the error for a request with a token neither in its body nor in a cookie.
var errNoToken = fmt.Errorf("%w: the request has none", simplejwt.ErrInvalid)

// take takes the token as it came, with the white space around it
// (CookieTokenRefreshSerializer.extract_refresh_token).
func (d djRestAuthWire) take(m *memory, r *http.Request) ([]byte, error) {
	token, err := m.request.OptionalBodyField(r, d.Release, "refresh", d.MaxBody)
	if refusal, ok := errors.AsType[*drf.Refusal](err); !ok || !refusal.Missing {
		return token, err
	}
	if d.Refresh != nil {
		if value, found := djrestauth.Read(r.Header["Cookie"], d.Refresh.Name); found {
			return []byte(value), nil
		}
	}
	return []byte{}, errNoToken
}

// give writes the tokens and when they expire, in the order of the view
// (RefreshViewWithCookieSupport.finalize_response).
func (d djRestAuthWire) give(m *memory, pair simplejwt.Pair) (drf.Answer, error) {
	now := d.Now()
	var lines []string
	if d.Access != nil {
		lines = append(lines, d.Access.Line(string(pair.Access), d.AccessLifetime, now, d.Clock))
	}
	shown := pair
	if pair.Refresh != nil && d.Refresh != nil {
		lines = append(lines, d.Refresh.Line(string(pair.Refresh), d.RefreshLifetime, now, d.Clock))
	}
	if d.HTTPOnly {
		shown.Refresh = nil
	}
	answer := pairInBody(m, &shown)
	body := append(m.body[:len(m.body)-1], `,"access_expiration":"`...)
	body = append(append(body, d.Clock.Expiry(now, d.AccessLifetime)...), '"')
	if shown.Refresh != nil {
		body = append(body, `,"refresh_expiration":"`...)
		body = append(append(body, d.Clock.Expiry(now, d.RefreshLifetime)...), '"')
	}
	m.body = append(body, '}')
	answer.Body, answer.Cookies = m.body, lines
	return answer, nil
}

func (d djRestAuthWire) end(*memory) drf.Answer { return empty }

func (d djRestAuthWire) refuse(m *memory, answer drf.Answer, err error) drf.Answer {
	if errors.Is(err, errNoToken) {
		m.body = drf.AppendDetail(m.body[:0], "No valid refresh token found.", "token_not_valid")
		answer.Body = m.body
	}
	return answer
}
