// SPDX-License-Identifier: Apache-2.0

// Package site answers the requests of one token_refresh handler. A [Site] is
// made once, when a configuration loads, and only read after that. A request
// enters at [Site.ServeHTTP] and walks one way: the router finds its endpoint, the
// endpoint's wire finds the token, its job does the work, and its wire or its rejection
// makes the answer.
//
// Settings are read by the root package, and tokens are judged by internal/simplejwt,
// not here.
package site

import (
	"net/http"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/origin"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// Config is what a site is made of. Release, Backend, Logger, Now and a path are required.
// Paths are decoded and have no trailing slash; each is good with and without one.
type Config struct {
	Name    string           // the name label of the metrics
	Release *release.Release // whose answers are given
	Backend *simplejwt.Backend

	RefreshPaths, VerifyPaths, BlacklistPaths, SlidingPaths []string

	// KeyDocument answers GET and HEAD at KeyDocumentPaths. Default: nothing does
	KeyDocument      http.Handler
	KeyDocumentPaths []string

	// Ready answers whether the site is ready, at ReadyPaths and by every method.
	Ready      http.Handler
	ReadyPaths []string

	// Trusted are the origins, besides the site's own, whose requests are ours.
	Trusted origin.Trusted

	// Cookies keeps the tokens of browsers in cookies. Default: tokens are in bodies
	Cookies *Cookies

	// DJRestAuth has the refresh endpoint answer as dj-rest-auth does. Default: as
	// SimpleJWT does
	DJRestAuth *DJRestAuth

	StoreKind string // of the store, in traces; "" for none
	SingleUse bool   // refreshing spends the refresh token
	JSONOnly  bool   // the backend's views have no renderer but JSONRenderer
	MaxBody   int64  // the greatest length of a body, in bytes
	Challenge string // the value of WWW-Authenticate of a 401

	Logger *zap.Logger
	Now    func() time.Time

	// Rollout says for which sessions the backend answers. Default: the site answers
	// for all
	Rollout *Rollout

	// RefersRefusals lets the backend word the refusals on which both sides agree. The
	// store, if there is one, must be the backend's own.
	RefersRefusals bool

	// Emit emits an event of Caddy's. Default: none is
	Emit func(event string, data map[string]any)
}

// Site is a running site.
type Site struct {
	Config
	router    *router
	documents map[string]bool // KeyDocumentPaths
	readiness map[string]bool // ReadyPaths
	notices   notices
	rollout   *rollout // nil if the site answers for all sessions

	referralPatience time.Duration
}

// New makes a site.
func New(c *Config) *Site {
	s := &Site{Config: *c, documents: setOf(c.KeyDocumentPaths), readiness: setOf(c.ReadyPaths), notices: newNotices(), referralPatience: referralPatience}
	if s.Cookies != nil {
		s.Cookies.names = s.Cookies.ours()
	}
	s.router = newRouter(s.endpoints())
	if c.Rollout != nil {
		s.rollout = newRollout(s, c.Rollout)
	}
	return s
}

func setOf(paths []string) map[string]bool {
	set := make(map[string]bool)
	for _, path := range paths {
		set[path] = true
	}
	return set
}

// Close waits for the comparisons that run after their answers were sent. The site must
// get no more requests.
func (s *Site) Close() {
	if s.rollout != nil {
		s.rollout.close()
	}
}

// ServeHTTP answers what is ours and hands everything else to next. The error is
// next's, or the one with which another handler stopped the reading of the body.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if len(s.readiness) > 0 && s.readiness[strings.TrimSuffix(r.URL.Path, "/")] {
		s.Ready.ServeHTTP(w, r)
		return nil
	}
	ours := s.Cookies != nil && s.Cookies.had(r)
	if ours {
		next = s.upward(next)
	}
	if !isPost(r.Method) {
		if s.documented(r) {
			s.KeyDocument.ServeHTTP(w, r)
			return nil
		}
		if s.preflighted(w, r) {
			return nil
		}
		return next.ServeHTTP(w, r)
	}
	e, exact := s.router.route(r)
	if e == nil {
		return next.ServeHTTP(w, r)
	}
	if origin := s.trustedOrigin(r); origin != "" {
		readable := exposed(w, origin)
		defer readable.begin(http.StatusInternalServerError) // where an error route writes the answer
		w = readable
	}
	switch {
	case e.onlyClears && !(ours && exact):
		return next.ServeHTTP(w, r)
	case e.login != nil:
		return s.obtain(w, r, next, e, exact)
	}
	if s.rollout != nil && !s.isStranger(r, e) {
		return s.rollout.serve(w, r, next, e, exact)
	}
	return s.own(w, r, next, e, exact)
}

// own has the edge answer a POST to e. next may word a refusal.
func (s *Site) own(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, e *endpoint, exact bool) error {
	began := time.Now()
	m := memories.Get().(*memory)
	defer m.giveBack()
	rec := &record{endpoint: e.name}
	err := s.serve(w, r, next, e, exact, m, rec)
	e.metrics.observe(rec.outcome, time.Since(began))
	s.trace(r, rec)
	return err
}

// isPost reports whether Django takes method for POST: it upper-cases what it gets.
func isPost(method string) bool {
	return method == "POST" || len(method) == len("POST") && strings.EqualFold(method, "POST")
}

// documented reports whether r asks for the document of keys.
func (s *Site) documented(r *http.Request) bool {
	return s.KeyDocument != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		s.documents[strings.TrimSuffix(r.URL.Path, "/")]
}

// Interface guard
var _ caddyhttp.MiddlewareHandler = (*Site)(nil)
