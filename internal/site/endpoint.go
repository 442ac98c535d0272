// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"net/http"
	"slices"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/login"
)

// endpoint is one of SimpleJWT's views: how tokens come and go, what it does with a
// token, and how it refuses one.
type endpoint struct {
	name      string // of the view, in logs and metrics
	wire      wire
	job       job
	reject    rejection
	singleUse bool // the job spends the token
	metrics   *endpointMetrics
	referred  *referredMetrics // nil if the edge words all refusals

	login      *login.Capture // nil, or the endpoint is a login of the backend and has none of the above
	cookies    []string       // tokens may come in these, which a stranger's request must not carry
	onlyClears bool           // it is there for requests with our cookies alone
}

// job does the work of an endpoint and notes the outcome. Its error says what is wrong
// with the token.
type job func(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error)

// view is an endpoint and its paths.
type view struct {
	paths []string
	endpoint
}

// views returns the views of SimpleJWT that a site may have.
func (s *Site) views() []view {
	var refresh, logout wire = bodyWire{s, "refresh"}, bodyWire{s, "refresh"}
	var refreshCookies, logoutCookies []string
	switch {
	case s.Cookies != nil:
		refresh = &cookieWire{bodyWire{s, "refresh"}, s.Cookies, false}
		logout = &cookieWire{bodyWire{s, "refresh"}, s.Cookies, true}
		refreshCookies, logoutCookies = s.Cookies.names, s.Cookies.names
	case s.DJRestAuth != nil:
		refresh = djRestAuthWire{s, s.DJRestAuth}
		if s.DJRestAuth.Refresh != nil && len(s.Trusted) > 0 { // else as open as dj-rest-auth itself
			refreshCookies = []string{s.DJRestAuth.Refresh.Name}
		}
	}
	token := bodyWire{s, "token"}
	end, onlyClears := s.blacklist(logout), s.Cookies != nil && !s.Backend.Facts().HasStore
	if onlyClears {
		end = forget(logout)
	}
	return []view{
		{s.RefreshPaths, endpoint{
			name: "refresh", wire: refresh, job: s.refresh(refresh), reject: s.unauthorized, singleUse: s.SingleUse, cookies: refreshCookies,
		}},
		{s.VerifyPaths, endpoint{
			name: "verify", wire: token, job: s.verify, reject: s.unverified,
		}},
		{s.SlidingPaths, endpoint{
			name: "sliding", wire: token, job: s.slide, reject: s.unauthorized,
		}},
		{s.BlacklistPaths, endpoint{
			name: "blacklist", wire: logout, job: end, reject: s.unauthorized, cookies: logoutCookies, onlyClears: onlyClears,
		}},
	}
}

// endpoints returns the endpoints of the site by their paths.
func (s *Site) endpoints() map[string]*endpoint {
	all := make(map[string]*endpoint)
	for _, v := range slices.Concat(s.views(), s.logins()) {
		v.metrics = newEndpointMetrics(s.Name, v.name, v.login != nil)
		if s.RefersRefusals && v.login == nil {
			v.referred = newReferredMetrics(s.Name, v.name)
		}
		for _, path := range v.paths {
			all[path] = &v.endpoint
		}
	}
	return all
}

// refresh returns the job of TokenRefreshView.
func (s *Site) refresh(on wire) job {
	return func(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error) {
		pair, err := s.Backend.Refresh(ctx, &m.token, token, s.Now())
		switch {
		case pair.Late:
			rec.outcome = lateRetry
		case pair.Replayed:
			rec.outcome = replayed
		case pair.Refresh != nil:
			rec.outcome = rotated
		default:
			rec.outcome = issued
		}
		if pair.ForeignSessionStart {
			s.notices.foreignStart.Do(func() {
				s.Logger.Error("session_start in a token is not a time in the past, so the edge did not write it and session_lifetime has no effect: " +
					"rename that claim in the backend")
			})
		}
		if err != nil {
			return drf.Answer{}, err
		}
		return on.give(m, pair)
	}
}

// verify is the job of TokenVerifyView.
func (s *Site) verify(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error) {
	rec.outcome = verified
	return empty, s.Backend.Verify(ctx, &m.token, token, s.Now())
}

// slide is the job of TokenRefreshSlidingView. Tokens need no escapes in JSON.
func (s *Site) slide(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error) {
	rec.outcome = issued
	slid, err := s.Backend.RefreshSliding(ctx, &m.token, token, s.Now())
	m.body = append(append(append(m.body[:0], `{"token":"`...), slid...), `"}`...)
	return drf.Answer{Status: http.StatusOK, Body: m.body}, err
}

// blacklist returns the job of TokenBlacklistView.
func (s *Site) blacklist(on wire) job {
	return func(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error) {
		rec.outcome = revoked
		return on.end(m), s.Backend.Blacklist(ctx, &m.token, token, s.Now())
	}
}

// forget returns the job of a logout where no store could end the session.
func forget(on wire) job {
	return func(_ context.Context, m *memory, _ []byte, rec *record) (drf.Answer, error) {
		rec.outcome = revoked
		return on.end(m), nil
	}
}
