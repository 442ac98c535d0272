// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// retryAfter is how many seconds a client is asked to wait when the edge could
// not decide.
const retryAfter = 1

// rejections says what becomes of a token that something is wrong with.
var rejections = []struct {
	err     error
	outcome outcome
}{
	{simplejwt.ErrExpired, expired},
	{simplejwt.ErrExpPassed, expired},
	{simplejwt.ErrWrongType, wrongType},
	{simplejwt.ErrNoType, wrongType},
	{simplejwt.ErrInvalid, invalid},
	{simplejwt.ErrNoExp, invalid},
	{simplejwt.ErrNoID, invalid},
	{simplejwt.ErrBlacklisted, blacklisted},
	{simplejwt.ErrStraggler, straggler},
	{simplejwt.ErrReused, reused},
	{simplejwt.ErrNoActiveAccount, userRefused},
	{simplejwt.ErrPasswordChanged, userRefused},
	{simplejwt.ErrNotUUID, userRefused},
}

// reject returns the answer about a token that err is wrong with, and 503 where
// err says nothing about the token: clients throw their tokens away on 401.
func (h *Handler) reject(s *scratch, e *endpoint, rec *record, err error) drf.Answer {
	rec.outcome = storeError
	for _, rejection := range rejections {
		if errors.Is(err, rejection.err) {
			rec.outcome = rejection.outcome
			break
		}
	}
	text := simplejwt.Text(h.release, err)
	switch {
	case rec.outcome == storeError:
		answer := drf.Detail(http.StatusServiceUnavailable, "The token cannot be judged right now. Try again.")
		answer.RetryAfter = retryAfter
		return answer
	case errors.Is(err, simplejwt.ErrNotUUID):
		return drf.FieldErrors("non_field_errors", "“"+s.token.UserIDStr()+"” is not a valid UUID.")
	case e.name == "verify" && rec.outcome == blacklisted:
		// The serializer raises a ValidationError there (TokenVerifySerializer).
		return drf.FieldErrors("non_field_errors", text)
	case rec.outcome == userRefused:
		// An AuthenticationFailed of DRF's, which has no code.
		s.body = drf.AppendDetail(s.body[:0], text, "")
	default:
		s.body = drf.AppendDetail(s.body[:0], text, "token_not_valid")
	}
	return drf.Answer{Status: http.StatusUnauthorized, Body: s.body, Challenge: h.challenge}
}
