// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/login"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// logins returns the views of the backend whose answers hand out tokens.
func (s *Site) logins() (views []view) {
	if s.Cookies == nil {
		return nil
	}
	for _, l := range s.Cookies.Logins {
		capture := &login.Capture{Path: l.Path, Refresh: l.Refresh, MaxBody: s.MaxBody}
		if s.Cookies.Access != nil {
			capture.Access = l.Access
		}
		views = append(views, view{[]string{l.Path}, endpoint{name: "obtain", login: capture}})
	}
	return views
}

// obtain has next answer a login. If a page of ours made the request, the tokens go into
// cookies; any other client gets the answer as it is.
func (s *Site) obtain(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, e *endpoint, exact bool) error {
	if visitor := s.Trusted.Judge(r); !visitor.Ours || !visitor.KeepsCookies {
		return next.ServeHTTP(w, r)
	}
	began := time.Now()
	m := memories.Get().(*memory)
	defer m.giveBack()
	rec := &record{endpoint: e.name}
	defer func() {
		e.metrics.observe(rec.outcome, time.Since(began))
		s.trace(r, rec)
	}()
	if !exact {
		rec.outcome = badRequest
		return s.answer(w, r, rec, nil, drf.Detail(http.StatusNotFound, "Not found."), drf.Format{JSONOnly: s.JSONOnly})
	}
	rec.outcome = failed
	outcome, cause, err := e.login.Serve(w, r, next, &obtaining{s, r, m, rec})
	if err != nil && rec.outcome == failed {
		rec.publish(r)
		s.log(rec, err)
	}
	if err != nil || outcome != login.Withheld {
		return err
	}
	return s.answer(w, r, rec, cause, s.undelivered(rec, cause), drf.Format{JSONOnly: s.JSONOnly})
}

// undelivered is the answer instead of one that must not reach the browser.
func (s *Site) undelivered(rec *record, cause error) drf.Answer {
	switch {
	case errors.Is(cause, simplejwt.ErrUnavailable):
		rec.outcome = storeError
		answer := drf.Detail(http.StatusServiceUnavailable, "The answer cannot be delivered right now. Try again.")
		answer.Header = []drf.HeaderField{{Name: "Retry-After", Value: retryAfter}}
		return answer
	case errors.Is(cause, cookie.ErrTooLong):
		rec.outcome = tooLong
		return drf.Detail(http.StatusBadGateway, "The token is too long for a cookie.")
	}
	rec.outcome = withheld
	return drf.Detail(http.StatusBadGateway, "The answer could not be delivered.")
}

// obtaining is a login under way.
type obtaining struct {
	*Site
	r   *http.Request
	m   *memory
	rec *record
}

// Kind implements [login.Tokens].
func (o *obtaining) Kind(ctx context.Context, token []byte) (login.Kind, error) {
	refresh, access, err := o.Backend.IsSigned(ctx, &o.m.token, token)
	switch {
	case refresh:
		return login.Refresh, nil
	case access:
		return login.Access, nil
	}
	return login.Other, err
}

// Keep implements [login.Tokens].
func (o *obtaining) Keep(ctx context.Context, refresh, access string) ([]string, error) {
	now, kept := o.Now(), tokens{refresh: []byte(refresh)}
	if err := o.Backend.VerifyIssued(ctx, &o.m.token, kept.refresh, now, false); err != nil {
		return nil, useless("refresh", err)
	}
	kept.refreshExpires = o.m.token.ExpiresAt()
	o.rec.identify(&o.m.token)
	if access != "" {
		kept.access = []byte(access)
		if err := o.Backend.VerifyIssued(ctx, &o.m.token, kept.access, now, true); err != nil {
			return nil, useless("access", err)
		}
		kept.accessExpires = o.m.token.ExpiresAt()
	}
	lines, err := o.Cookies.lines(&kept, now)
	if err == nil && access == "" && o.Cookies.Access != nil {
		lines = append(lines, o.Cookies.Access.Clear()) // it may be another user's
	}
	return lines, err
}

// useless is the error for a token that the backend issued and the edge would refuse.
func useless(which string, err error) error {
	return fmt.Errorf("the backend issued a login's %s token that the edge would refuse (%w), so the answer was not delivered: "+
		"compare the settings and the clocks of the two, with `caddyrefresh token-refresh check`", which, err)
}

// Begin implements [login.Tokens].
func (o *obtaining) Begin(outcome login.Outcome, remark error) {
	o.rec.answeredBy = byBackend
	switch outcome {
	case login.Captured:
		o.rec.outcome = obtained
	case login.Foreign:
		o.rec.outcome = foreign
	default:
		o.rec.outcome = passed
	}
	o.rec.publish(o.r)
	o.log(o.rec, remark)
}
