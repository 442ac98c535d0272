// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"math"
	"net/http"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// Rollout says which sessions the backend answers for.
type Rollout struct {
	Share float64 // of the sessions that the site answers for: 0 or more, less than 1
}

// rollout answers for a share of the sessions, and lets the backend answer for the
// rest. It compares the backend's answers with what the site would have said.
type rollout struct {
	*Site
	Rollout
	facts    compare.Site
	journal  *compare.Journal
	compared map[string]map[compare.Result]prometheus.Counter // by endpoint
	flights  flights

	closing sync.Mutex
	closed  bool           // no comparison may begin any more
	behind  sync.WaitGroup // comparisons that go on behind answers
}

func newRollout(s *Site, r *Rollout) *rollout {
	ro := &rollout{
		Site: s, Rollout: *r, facts: factsOf(s.Backend, s.RefersRefusals), journal: compare.Open(s.Name),
		compared: make(map[string]map[compare.Result]prometheus.Counter),
		flights:  flights{under: make(map[string]*flight)},
	}
	for _, e := range s.router.endpoints {
		if e.login != nil {
			continue // the backend answers for all sessions
		}
		results := make(map[compare.Result]prometheus.Counter)
		for _, result := range compare.Results() {
			results[result] = comparedTotal.WithLabelValues(s.Name, e.name, string(result))
		}
		ro.compared[e.name] = results
	}
	return ro
}

func factsOf(b *simplejwt.Backend, refers bool) compare.Site {
	f := b.Facts()
	return compare.Site{
		JTIClaim: f.JTIClaim, Issuer: f.Issuer, Leeway: f.Leeway, SessionsEnd: f.SessionsEnd,
		HasStore: f.HasStore, SharesBackend: f.SharesBackend, SeesUsers: f.SeesUsers, AsksUsers: f.AsksUsers, Refers: refers,
		Blacklisted: b.Text(simplejwt.ErrBlacklisted), NoActiveAccount: b.Text(simplejwt.ErrNoActiveAccount),
	}
}

func (ro *rollout) close() {
	ro.closing.Lock()
	ro.closed = true
	ro.closing.Unlock()
	ro.behind.Wait()
	ro.journal.Close()
}

// goBehind runs a comparison behind the answer. A configuration that ends while
// requests are under way, since Caddy's grace period is over, compares no more.
func (ro *rollout) goBehind(comparison func()) {
	ro.closing.Lock()
	defer ro.closing.Unlock()
	if !ro.closed {
		ro.behind.Go(comparison)
	}
}

// serve answers a POST to e, or has next answer it.
func (ro *rollout) serve(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, e *endpoint, exact bool) error {
	switch {
	case !exact && ro.Share > 0:
		return ro.own(w, r, next, e, exact)
	case !exact:
		ro.note(e, &compare.Finding{Result: compare.Skipped, Reason: "target"}, nil)
		return next.ServeHTTP(w, r)
	}
	seen := ro.look(w, r)
	if seen.skip != "" {
		ro.note(e, &compare.Finding{Result: compare.Skipped, Reason: seen.skip}, nil)
		return next.ServeHTTP(w, r)
	}
	m := memories.Get().(*memory)
	token := seen.findToken(r.Context(), e, m)
	// The backend knows nothing of tokens in cookies.
	ours := m.carried.inCookie || token != nil && ro.Share > 0 && ro.isOurs(r, m, token, seen.came)
	m.giveBack()
	if ours {
		return ro.own(w, r, next, e, exact)
	}
	return ro.pass(w, r, next, e, seen) //nolint:contextcheck // the comparison outlives the request, and tells its context nothing
}

// isOurs reports whether the site answers for the session of a token. The user decides,
// so the token has to name one and its signature has to be good.
func (ro *rollout) isOurs(r *http.Request, m *memory, token []byte, now time.Time) bool {
	if err := ro.Backend.Authenticate(r.Context(), &m.token, token, now); err != nil {
		return false
	}
	user := m.token.UserID()
	return len(user) > 0 && InShare(user, ro.Share)
}

// InShare reports whether a user is among that share of all users. All edges agree on
// it, and a larger share contains everybody who is in a smaller one.
func InShare(user []byte, share float64) bool {
	sum := sha256.Sum256(user)
	return float64(binary.BigEndian.Uint64(sum[:])) < share*math.MaxUint64
}

// pass lets next answer, and compares. If next refuses a token that an edge spent, the
// client gets the edge's answer instead: a client that lost the edge's answer just
// before the share changed gets the token's successor.
func (ro *rollout) pass(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler, e *endpoint, seen *sighting) error {
	o := &overheard{ResponseWriter: w, holds: e.singleUse && ro.facts.SharesBackend && seen.token != ""}
	flight := ro.flights.enter(seen.token)
	whole := false
	defer func() {
		if !whole { // the connection broke: a panic, or an error from next
			ro.broken(r, e, seen, o)
			ro.flights.leave(flight)
		}
	}()
	if err := next.ServeHTTP(o, r); err != nil {
		_ = o.release() // the error is what the caller has to know
		return err
	}
	whole = true
	if o.held && ro.spentHere(r, seen) {
		ro.flights.leave(flight)
		ro.note(e, &compare.Finding{Result: compare.Skipped, Reason: "spent_here"}, nil)
		restore(w.Header(), seen.base)
		seen.replay(r)
		return ro.own(w, r, next, e, true)
	}
	if err := o.release(); err != nil {
		ro.flights.leave(flight)
		return nil //nolint:nilerr // the client is gone
	}
	if ro.marks(e, o) {
		// The server ends only after this, so that no mark is lost. The client has
		// the whole answer by then.
		if o.header.Get("Content-Length") != "" { // else flushing would change how the answer is framed
			_ = o.FlushError()
		}
		ro.compare(e, seen, o, flight)
		ro.mark(r, e, seen)
		ro.flights.leave(flight)
		return nil
	}
	ro.goBehind(func() {
		ro.compare(e, seen, o, flight)
		ro.flights.leave(flight)
	})
	return nil
}

// spentHere reports whether an edge spent the token. It is false if the store cannot
// tell, so that the backend's refusal stands.
func (ro *rollout) spentHere(r *http.Request, seen *sighting) bool {
	m := memories.Get().(*memory)
	defer m.giveBack()
	if err := ro.Backend.Authenticate(r.Context(), &m.token, []byte(seen.token), seen.came); err != nil {
		return false
	}
	spent, err := ro.Backend.SpentHere(r.Context(), &m.token)
	return err == nil && spent
}

// restore makes the header what it was before the backend answered.
func restore(header, base http.Header) {
	clear(header)
	maps.Copy(header, base)
}

// Interface guards
var (
	_ http.ResponseWriter = (*overheard)(nil)
	_ http.ResponseWriter = (*recorder)(nil)
)
