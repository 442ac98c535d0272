// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/drf"
)

// endpoint is one of SimpleJWT's views: how it finds the token in a request, what it
// does with the token, and how it answers.
type endpoint struct {
	name      string // of the view, in logs and metrics
	source    source
	job       job
	reject    rejection
	singleUse bool // the job spends the token
	metrics   *endpointMetrics
	referred  *referredMetrics // nil if the edge words all refusals
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
	return []view{
		{s.RefreshPaths, endpoint{
			name: "refresh", source: s.bodyField("refresh"), job: s.refresh(pairInBody), reject: s.unauthorized, singleUse: s.SingleUse,
		}},
		{s.VerifyPaths, endpoint{
			name: "verify", source: s.bodyField("token"), job: s.verify, reject: s.unverified,
		}},
		{s.SlidingPaths, endpoint{
			name: "sliding", source: s.bodyField("token"), job: s.slide, reject: s.unauthorized,
		}},
		{s.BlacklistPaths, endpoint{
			name: "blacklist", source: s.bodyField("refresh"), job: s.blacklist, reject: s.unauthorized,
		}},
	}
}

// endpoints returns the endpoints of the site by their paths.
func (s *Site) endpoints() map[string]*endpoint {
	all := make(map[string]*endpoint)
	for _, v := range s.views() {
		v.metrics = newEndpointMetrics(s.Name, v.name)
		if s.RefersRefusals {
			v.referred = newReferredMetrics(s.Name, v.name)
		}
		for _, path := range v.paths {
			all[path] = &v.endpoint
		}
	}
	return all
}

// refresh returns the job of TokenRefreshView. The sink into writes its answer.
func (s *Site) refresh(into sink) job {
	return func(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error) {
		pair, err := s.Backend.Refresh(ctx, &m.token, token, s.Now())
		switch {
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
		return into(m, &pair), err
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

// blacklist is the job of TokenBlacklistView.
func (s *Site) blacklist(ctx context.Context, m *memory, token []byte, rec *record) (drf.Answer, error) {
	rec.outcome = revoked
	return empty, s.Backend.Blacklist(ctx, &m.token, token, s.Now())
}
