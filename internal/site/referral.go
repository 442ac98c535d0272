// SPDX-License-Identifier: Apache-2.0

package site

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// referralPatience is how long the backend may take to begin an answer to a request
// that the edge has refused. After that the client gets the edge's refusal, which
// has been ready from the start.
const referralPatience = 10 * time.Second

// referral is a request whose refusal the backend may word. It is also the body of the
// request, and keeps what the edge read, so that the backend gets the whole body.
type referral struct {
	next caddyhttp.Handler
	rest io.ReadCloser
	read []byte
}

// referral returns nil if the edge has to word any refusal of r. Django does not see a
// chunked body, and a proxy sends a body with trailers chunked. A path that only the
// edge takes for the endpoint's, or a header that names another path, could lead the
// backend to another view.
func (s *Site) referral(r *http.Request, next caddyhttp.Handler) *referral {
	if !s.RefersRefusals || next == nil || r.ContentLength < 0 || len(r.Trailer) > 0 || !s.router.plain(r) {
		return nil
	}
	ref := &referral{next: next}
	if r.Body != nil {
		ref.rest = r.Body
		r.Body = ref
	}
	return ref
}

// Read implements [io.Reader].
func (ref *referral) Read(p []byte) (int, error) {
	n, err := ref.rest.Read(p)
	ref.read = append(ref.read, p[:n]...)
	return n, err
}

// Close implements [io.Closer].
func (ref *referral) Close() error { return ref.rest.Close() }

// again returns the request as it came, with another context.
func (ref *referral) again(ctx context.Context, r *http.Request) *http.Request {
	r = r.WithContext(ctx)
	if ref.rest != nil {
		r.Body = again{io.MultiReader(bytes.NewReader(ref.read), ref.rest), ref.rest}
	}
	return r
}

// refers reports whether the backend too refuses a request that the edge refuses with
// err. token is nil if the request holds none.
func (s *Site) refers(err error, token []byte) bool {
	if refusal, ok := errors.AsType[*drf.Refusal](err); ok {
		return !refusal.EdgeOnly
	}
	switch {
	case token == nil || outcomeOf(err).undecided():
		return false
	case simplejwt.EdgeOnly(err):
		return errors.Is(err, simplejwt.ErrInvalid) && s.Backend.Unsigned(token)
	default:
		return true
	}
}

// refuse answers a request that is refused because of cause; own is the edge's answer.
// If the backend should refuse the request too, its refusal is delivered. If it gives
// any other answer, the client gets own.
func (s *Site) refuse(w http.ResponseWriter, r *http.Request, e *endpoint, ref *referral, token []byte, rec *record, cause error, own drf.Answer, format drf.Format) error {
	if ref == nil || !s.refers(cause, token) {
		return s.answer(w, r, rec, cause, own, format)
	}
	rec.publish(r)
	base := w.Header().Clone()
	h, err := s.ask(w, r, ref, rec)
	e.referred.count(h)
	if h.delivers {
		s.log(rec, cause)
		if err != nil {
			// The answer has begun. Returning the error would have handle_errors
			// add to it, and returning nil would pass off a part as the whole.
			panic(http.ErrAbortHandler)
		}
		return nil
	}
	if h.accepted() || r.Context().Err() == nil { // else the client left, and the backend is not to blame
		s.logWithheld(rec, h, err)
	}
	s.log(rec, cause)
	restore(w.Header(), base)
	s.write(w, r, rec, own, format)
	return nil
}

// ask hands the request to the backend. The error says why the answer is not whole.
func (s *Site) ask(w http.ResponseWriter, r *http.Request, ref *referral, rec *record) (h *withholder, err error) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	h = &withholder{ResponseWriter: w, rec: rec, giveUp: cancel, timer: time.AfterFunc(s.referralPatience, cancel)}
	defer h.timer.Stop()
	defer func() {
		// This is how a proxy tells that an answer broke off.
		if p := recover(); p == any(http.ErrAbortHandler) {
			err = http.ErrAbortHandler
		} else if p != nil {
			panic(p)
		}
	}()
	if err = ref.next.ServeHTTP(h, ref.again(ctx, r)); err == nil {
		h.WriteHeader(http.StatusOK) // net/http sends this if no handler wrote a status
	}
	return h, err
}

// logWithheld logs an answer that was not delivered. If the backend accepted what the
// edge refused, their settings or their clocks differ.
func (s *Site) logWithheld(rec *record, h *withholder, err error) {
	level, message := zapcore.WarnLevel, "the backend did not answer a request that it should refuse, so the client got the edge's refusal"
	once := s.notices.withheld
	if h.accepted() {
		level, message = zapcore.ErrorLevel, "the backend accepted what the edge refused, and its answer was not delivered: "+
			"compare the settings and the clocks of the two, with `caddyrefresh token-refresh check`, or write rollout 0%"
		once = s.notices.accepted
	}
	once.Do(func() {
		if c := s.Logger.Check(level, message); c != nil {
			c.Write(zap.Inline(rec), zap.Int("backend", h.status), zap.Error(err))
		}
	})
}
