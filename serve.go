// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// serve answers a POST to e. Each answer is written here, errors too: an error
// that is returned could be handed to a proxy by handle_errors, and with it the
// token. What is returned is only the error with which another handler stopped
// the reading of the body, such as the limit of request_body.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, e *endpoint, exact bool, s *scratch, rec *record) error {
	switch {
	case !exact:
		rec.outcome = badRequest
		return h.answer(w, r, rec, nil, drf.Detail(http.StatusNotFound, "Not found."), drf.Format{JSONOnly: h.jsonOnly})
	case e.name == "refresh" && h.spends() && inEarlyData(r):
		// It could be replayed by anyone (RFC 8470 section 5.2).
		rec.outcome = badRequest
		return h.answer(w, r, rec, nil, drf.Detail(http.StatusTooEarly, "Try again."), drf.Format{JSONOnly: h.jsonOnly})
	}
	s.request.JSONOnly = h.jsonOnly
	token, format, err := s.request.Read(r, e.field, h.maxBody)
	if err != nil {
		return h.refuse(w, r, rec, err, format)
	}
	answer := drf.Answer{Status: http.StatusOK}
	answer.Body, err = h.do(r, e, s, token, rec)
	rec.jti, rec.userID = clip(s.token.JTI()), clip(s.token.UserID())
	if err != nil {
		answer = h.reject(s, e, rec, err)
	}
	if rec.outcome == reused {
		h.emitReuse(r, rec)
	}
	return h.answer(w, r, rec, err, answer, format)
}

// do does the endpoint's job and returns the body of the answer.
func (h *Handler) do(r *http.Request, e *endpoint, s *scratch, token []byte, rec *record) ([]byte, error) {
	switch e.name {
	case "verify":
		rec.outcome = verified
		return emptyObject, h.backend.Verify(r.Context(), &s.token, token, h.now())
	case "blacklist":
		rec.outcome = revoked
		return emptyObject, h.backend.Blacklist(r.Context(), &s.token, token, h.now())
	}
	pair, err := h.backend.Refresh(r.Context(), &s.token, token, h.now())
	switch {
	case pair.Replayed:
		rec.outcome = replayed
	case pair.Refresh != nil:
		rec.outcome = rotated
	default:
		rec.outcome = issued
	}
	if pair.ForeignSessionStart {
		h.notices.foreignStart.Do(func() {
			h.logger.Error("session_start in a token is no second in the past, so it is not ours and session_lifetime has no effect: " +
				"rename that claim in the backend")
		})
	}
	s.body = appendPair(s.body[:0], pair)
	return s.body, err
}

var emptyObject = []byte("{}")

// inEarlyData says whether the request came before the TLS handshake was
// complete, here or at a proxy in front.
func inEarlyData(r *http.Request) bool {
	return r.TLS != nil && !r.TLS.HandshakeComplete || r.Header.Get("Early-Data") == "1"
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
	if r.ProtoMajor == 1 && r.ContentLength != 0 && comesEarly(answer.Status) {
		// Otherwise net/http reads the body before it sends the answer, and
		// waits for a client that waits to be told to continue. HTTP/2 and 3
		// end a stream without its body; there, this would end the connection.
		w.Header().Set("Connection", "close")
	}
	answer.Write(w, format)
	return nil
}

// comesEarly says whether an answer with status comes before the body was read.
func comesEarly(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusNotAcceptable, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusTooEarly:
		return true
	}
	return false
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
