// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// retryAfter is how many seconds a client is asked to wait when the edge could
// not decide.
const retryAfter = "1"

// rejection makes the answer to a token that is refused with err, and notes the
// outcome. The answer may use the memory of m.
type rejection func(m *memory, rec *record, err error) drf.Answer

// wrong holds the outcome of each error about a token or its user.
var wrong = []struct {
	err     error
	outcome outcome
}{
	{simplejwt.ErrExpired, expired},
	{simplejwt.ErrExpPassed, expired},
	{simplejwt.ErrRefreshExpPassed, expired},
	{simplejwt.ErrWrongType, wrongType},
	{simplejwt.ErrNoType, wrongType},
	{simplejwt.ErrInvalid, invalid},
	{simplejwt.ErrNoExp, invalid},
	{simplejwt.ErrNoRefreshExp, invalid},
	{simplejwt.ErrNoID, invalid},
	{simplejwt.ErrBlacklisted, blacklisted},
	{simplejwt.ErrStraggler, straggler},
	{simplejwt.ErrReused, reused},
	{simplejwt.ErrNoActiveAccount, userRefused},
	{simplejwt.ErrPasswordChanged, userRefused},
	{simplejwt.ErrNotUUID, userRefused},
	{simplejwt.ErrUserUnknown, userUnknown},
}

// outcomeOf returns the outcome of err: storeError unless err is about the token or its
// user.
func outcomeOf(err error) outcome {
	for _, w := range wrong {
		if errors.Is(err, w.err) {
			return w.outcome
		}
	}
	return storeError
}

// unauthorized is the rejection of views that demand a good token: 401, but 503 if err
// is not about the token, since clients throw their tokens away on 401.
func (s *Site) unauthorized(m *memory, rec *record, err error) drf.Answer {
	rec.outcome = outcomeOf(err)
	code := "token_not_valid"
	switch {
	case errors.Is(err, cookie.ErrTooLong):
		rec.outcome = tooLong
		return drf.Detail(http.StatusInternalServerError, "The token is too long for a cookie.")
	case rec.outcome.undecided():
		answer := drf.Detail(http.StatusServiceUnavailable, "The token cannot be judged right now. Try again.")
		answer.Header = []drf.HeaderField{{Name: "Retry-After", Value: retryAfter}}
		return answer
	case errors.Is(err, simplejwt.ErrNotUUID):
		return drf.FieldErrors("non_field_errors", "“"+m.token.UserIDStr()+"” is not a valid UUID.")
	case rec.outcome == userRefused:
		code = "" // an AuthenticationFailed of REST framework, which has none
	}
	m.body = drf.AppendDetail(m.body[:0], s.Backend.Text(err), code)
	return drf.Answer{
		Status: http.StatusUnauthorized, Body: m.body,
		Header: []drf.HeaderField{{Name: "Www-Authenticate", Value: s.Challenge}},
	}
}

// unverified is the rejection of the verify view, whose serializer raises a
// ValidationError about a token that is blacklisted (TokenVerifySerializer).
func (s *Site) unverified(m *memory, rec *record, err error) drf.Answer {
	if rec.outcome = outcomeOf(err); rec.outcome == blacklisted {
		return drf.FieldErrors("non_field_errors", s.Backend.Text(err))
	}
	return s.unauthorized(m, rec, err)
}
