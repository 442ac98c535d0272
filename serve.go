// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// retryAfter is how many seconds a client is asked to wait when the edge could
// not decide.
const retryAfter = 1

// serve answers a POST to e. Each answer is written here, errors too: an error
// that is returned could be handed to a proxy by handle_errors, and with it the
// token. What is returned is only the error with which another handler stopped
// the reading of the body, such as the limit of request_body.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, e *endpoint, exact bool, s *scratch, rec *record) error {
	if !exact {
		rec.outcome = badRequest
		return h.answer(w, r, rec, nil, drf.Detail(http.StatusNotFound, "Not found."), drf.Format{})
	}
	token, format, err := s.request.Read(r, e.field, h.maxBody)
	if err != nil {
		return h.refuse(w, r, rec, err, format)
	}
	var answer drf.Answer
	switch e.name {
	case "verify":
		err = h.backend.Verify(r.Context(), &s.token, token, h.now())
		answer = drf.Answer{Status: http.StatusOK, Body: []byte("{}")}
		rec.outcome = verified
	default:
		var pair simplejwt.Pair
		pair, err = h.backend.Refresh(r.Context(), &s.token, token, h.now())
		s.body = appendPair(s.body[:0], pair)
		answer = drf.Answer{Status: http.StatusOK, Body: s.body}
		rec.outcome = issued
		if pair.Refresh != nil {
			rec.outcome = rotated
		}
	}
	rec.jti, rec.userID = clip(s.token.JTI()), clip(s.token.UserID())
	if err != nil {
		answer = h.rejection(s, rec, err)
	}
	return h.answer(w, r, rec, err, answer, format)
}

// rejection says what becomes of a token that err is wrong with.
func (h *Handler) rejection(s *scratch, rec *record, err error) drf.Answer {
	switch {
	case errors.Is(err, simplejwt.ErrExpired), errors.Is(err, simplejwt.ErrExpPassed):
		rec.outcome = expired
	case errors.Is(err, simplejwt.ErrWrongType), errors.Is(err, simplejwt.ErrNoType):
		rec.outcome = wrongType
	case errors.Is(err, simplejwt.ErrInvalid), errors.Is(err, simplejwt.ErrNoExp), errors.Is(err, simplejwt.ErrNoID):
		rec.outcome = invalid
	default:
		rec.outcome = storeError
		answer := drf.Detail(http.StatusServiceUnavailable, "The token cannot be refreshed right now. Try again.")
		answer.RetryAfter = retryAfter
		return answer
	}
	s.body = drf.AppendDetail(s.body[:0], h.release.Text(err), "token_not_valid")
	return drf.Answer{Status: http.StatusUnauthorized, Body: s.body, Challenge: h.challenge}
}

// refuse answers a request that holds no token.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, rec *record, err error, format drf.Format) error {
	rec.outcome = badRequest
	if refusal, ok := errors.AsType[*drf.Refusal](err); ok {
		return h.answer(w, r, rec, err, refusal.Answer, format)
	}
	if _, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		rec.publish(r)
		h.log(rec, err)
		return err
	}
	// The client went away or broke the rules of HTTP.
	return h.answer(w, r, rec, err, drf.Detail(http.StatusBadRequest, "The request body could not be read."), format)
}

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, rec *record, cause error, answer drf.Answer, format drf.Format) error {
	rec.publish(r)
	h.log(rec, cause)
	answer.Write(w, format)
	return nil
}

// appendPair appends the answer to a refresh; tokens need no escapes.
func appendPair(dst []byte, pair simplejwt.Pair) []byte {
	dst = append(dst, `{"access":"`...)
	dst = append(dst, pair.Access...)
	if pair.Refresh != nil {
		dst = append(dst, `","refresh":"`...)
		dst = append(dst, pair.Refresh...)
	}
	return append(dst, `"}`...)
}
