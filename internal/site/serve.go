// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"net/http"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
)

// serve answers a POST to e. It writes refusals itself and does not return them as
// errors: handle_errors could hand the request, with the token, to a proxy. It returns
// only the error with which another handler stopped the reading of the body, such as
// the limit of request_body.
func (s *Site) serve(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, e *endpoint, exact bool, m *memory, rec *record) error {
	format := drf.Format{JSONOnly: s.JSONOnly}
	switch {
	case !exact:
		rec.outcome = badRequest
		return s.answer(w, r, rec, nil, drf.Detail(http.StatusNotFound, "Not found."), format)
	case e.singleUse && inEarlyData(r):
		// Anyone could replay the request (RFC 8470 section 5.2).
		rec.outcome = badRequest
		return s.answer(w, r, rec, nil, drf.Detail(http.StatusTooEarly, "Try again."), format)
	}
	ref := s.referral(r, next)
	format, err := m.request.Negotiate(r, s.Release, s.JSONOnly)
	if err != nil {
		return s.refuseRequest(w, r, e, ref, rec, err, format)
	}
	if s.isStranger(r, e) {
		rec.outcome = originRefused
		return s.answer(w, r, rec, nil, untrusted(r), format)
	}
	token, err := e.wire.take(m, r)
	switch {
	case err != nil && !outcomeOf(err).undecided(): // the token is refused as it came
		return s.refuse(w, r, e, ref, token, rec, err, e.wire.refuse(m, e.reject(m, rec, err), err), format)
	case err != nil:
		return s.refuseRequest(w, r, e, ref, rec, err, format)
	case m.carried.inCookie:
		ref = nil // the backend would see no token
	}
	answer, err := e.job(r.Context(), m, token, rec)
	rec.identify(&m.token)
	if err != nil {
		answer = e.wire.refuse(m, e.reject(m, rec, err), err)
	}
	if rec.outcome == reused {
		s.emitReuse(r, rec)
	}
	if err != nil {
		return s.refuse(w, r, e, ref, token, rec, err, answer, format)
	}
	return s.answer(w, r, rec, nil, answer, format)
}

// inEarlyData reports whether the request came before the TLS handshake was
// complete, here or at a proxy in front.
func inEarlyData(r *http.Request) bool {
	return r.TLS != nil && !r.TLS.HandshakeComplete || r.Header.Get("Early-Data") == "1"
}

// refuseRequest answers a request that holds no token.
func (s *Site) refuseRequest(w http.ResponseWriter, r *http.Request, e *endpoint, ref *referral, rec *record, err error, format drf.Format) error {
	rec.outcome = badRequest
	if refusal, ok := errors.AsType[*drf.Refusal](err); ok {
		return s.refuse(w, r, e, ref, nil, rec, err, refusal.Answer, format)
	}
	if _, ok := errors.AsType[caddyhttp.HandlerError](err); ok {
		rec.publish(r)
		s.log(rec, err)
		return err
	}
	// The client went away or broke the rules of HTTP.
	return s.answer(w, r, rec, err, drf.Detail(http.StatusBadRequest, "The request body could not be read."), format)
}

func (s *Site) answer(w http.ResponseWriter, r *http.Request, rec *record, cause error, answer drf.Answer, format drf.Format) error {
	rec.publish(r)
	s.log(rec, cause)
	s.write(w, r, rec, answer, format)
	return nil
}

func (s *Site) write(w http.ResponseWriter, r *http.Request, rec *record, answer drf.Answer, format drf.Format) {
	if r.ProtoMajor == 1 && r.ContentLength != 0 && comesEarly(answer.Status) {
		// Otherwise net/http reads the body before it sends the answer, and so waits
		// for a client that itself waits for 100 Continue. HTTP/2 and 3 can end a
		// stream without its body; there, this header would end the connection.
		w.Header().Set("Connection", "close")
	}
	answer.Write(w, format, rec.header[:0])
}

// comesEarly reports whether an answer with status comes before the body was read.
func comesEarly(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusNotAcceptable, http.StatusRequestEntityTooLarge,
		http.StatusUnsupportedMediaType, http.StatusTooEarly:
		return true
	}
	return false
}
