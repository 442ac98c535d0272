// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	shortSession = 10
	longSession  = 1_000_000 // ENDING_ROTATIONS sets another
	endings      = 41        // how often each is measured, in turn

	// maxEndingRatio is how much more the end of a long session may cost. A walk
	// over it would cost thousands of times as much.
	maxEndingRatio = 1.5

	// endingRounds is how often it may be measured anew, since others use the
	// machine as well.
	endingRounds = 4
)

// TestEnding ends sessions of 10 and of 1 000 000 rotations in turn, from their
// first, a middle and their newest token, and while 8 clients rotate them, and
// prints the ratio of the lower quartiles. Guards that nobody can outrun the end of his
// session.
func TestEnding(t *testing.T) {
	long := longSession
	if text := os.Getenv("ENDING_ROTATIONS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		long = n
	}
	for _, kind := range djangotest.Kinds {
		t.Run(kind, func(t *testing.T) {
			v := &live{kind, djangotest.Start(t, kind, false)}
			p := v.project(t, djangotest.Project{Release: "5.5"})
			s := open(t, p, nil)
			signIn(t, p, "ann")
			sessions := []*rotated{v.rotations(t, p, 1, shortSession), v.rotations(t, p, 2, long)}
			for _, from := range []string{"first", "middle", "newest"} {
				v.ratio(t, p, s, sessions, from, 0)
			}
			v.ratio(t, p, s, sessions, "first", 8)
		})
	}
}

// ratio measures until the long session's end costs what the short one's costs.
func (v *live) ratio(t *testing.T, p *djangotest.Project, s *Store, sessions []*rotated, from string, clients int) {
	t.Helper()
	for round := 1; ; round++ {
		took := v.ends(t, p, s, sessions, from, clients)
		r := took[1].Seconds() / took[0].Seconds()
		t.Logf("%s, from the %s token, %d clients beside it: ending a session of %d rotations takes %.2f times what one of %d takes (%v, %v)",
			v.kind, from, clients, sessions[1].n, r, sessions[0].n, took[1], took[0])
		if r <= maxEndingRatio {
			return
		}
		if round == endingRounds {
			t.Errorf("%.2f is more than %.1f in each of %d rounds", r, maxEndingRatio, endingRounds)
			return
		}
	}
}

// rotated is a session with its first, a middle and its newest token.
type rotated struct {
	first, middle, newest string
	ids                   int64 // the first of its rows
	n                     int64
}

// rotations writes the rows of a session that an edge rotated n times.
func (v *live) rotations(t *testing.T, p *djangotest.Project, number, n int) *rotated {
	t.Helper()
	r := &rotated{first: fmt.Sprintf("%012x4000a000%012x", number, number), ids: int64(number) * 1_000_000_000, n: int64(n)}
	jti := r.first
	const batch = 2000
	var outstanding, blacklisted []string
	flush := func() {
		p.Database.Must(t, "INSERT INTO token_blacklist_outstandingtoken (id, jti, token, created_at, expires_at, user_id) VALUES "+strings.Join(outstanding, ","))
		if len(blacklisted) > 0 {
			p.Database.Must(t, "INSERT INTO token_blacklist_blacklistedtoken (id, token_id, blacklisted_at) VALUES "+strings.Join(blacklisted, ","))
		}
		outstanding, blacklisted = outstanding[:0], blacklisted[:0]
	}
	for i := range n + 1 {
		id := r.ids + int64(i)
		outstanding = append(outstanding, fmt.Sprintf("(%d,'%s','x','2026-01-01 00:00:00','2036-01-01 00:00:00',1)", id, jti))
		switch {
		case i < n:
			blacklisted = append(blacklisted, fmt.Sprintf("(%d,%d,'2026-01-01 00:00:00')", id, id))
		default:
			r.newest = jti
		}
		if i == n/2 {
			r.middle = jti
		}
		if len(outstanding) == batch || i == n {
			flush()
		}
		jti = store.Successor(jti)
	}
	for _, analyze := range map[string][]string{"postgres": {"VACUUM ANALYZE"}, "sqlite": {"ANALYZE"}}[v.kind] {
		p.Database.Must(t, analyze)
	}
	return r
}

// ends ends each session many times, in turn, and returns the lower quartiles.
func (v *live) ends(t *testing.T, p *djangotest.Project, s *Store, sessions []*rotated, from string, clients int) []time.Duration {
	t.Helper()
	took := make([][]time.Duration, len(sessions))
	for range endings {
		for i, r := range sessions {
			v.revive(t, p, r)
			took[i] = append(took[i], v.endOnce(t, s, r, from, clients))
		}
	}
	quartiles := make([]time.Duration, len(sessions))
	for i := range took {
		slices.Sort(took[i])
		quartiles[i] = took[i][len(took[i])/4]
	}
	return quartiles
}

// endOnce ends a session, with clients that go on rotating it until they are
// refused, and wants nothing of it to live.
func (v *live) endOnce(t *testing.T, s *Store, r *rotated, from string, clients int) time.Duration {
	t.Helper()
	ctx := context.Background()
	expires := time.Now().Add(24 * time.Hour).Unix()
	newest := store.Token{JTI: r.newest, ExpiresAt: expires, Text: "x", Reencode: func() (string, error) { return "x", nil }}
	var running sync.WaitGroup
	started := make(chan struct{}, clients)
	last := make([]store.Token, max(clients, 1))
	last[0] = newest
	for i := range clients {
		running.Go(func() {
			token := newest
			for n := 0; ; n++ {
				a, err := s.Spend(ctx, spending(token, time.Hour))
				if n == 3 || err != nil || !a.Verdict.Passes() {
					select {
					case started <- struct{}{}:
					default:
					}
				}
				if err != nil || a.Verdict == store.Refused {
					break
				}
				if a.Verdict.Passes() {
					token = follow(token, a.Successor)
				}
			}
			last[i] = token
		})
	}
	for range clients {
		<-started
	}
	jti := map[string]string{"first": r.first, "middle": r.middle, "newest": r.newest}[from]
	began := time.Now()
	_, err := s.Revoke(ctx, &store.Revocation{Token: store.Token{JTI: jti}, Reason: store.Admin})
	took := time.Since(began)
	if err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	running.Wait()
	for _, token := range last {
		a, err := s.Spend(ctx, spending(token, time.Hour))
		want(t, "Spend of the newest token after the end", a, err, store.Refused)
	}
	return took
}

// revive takes back what an end did, and what clients did before it. The rows are
// found by the index and named one by one, since MariaDB would look at all of the
// table for a subquery.
func (v *live) revive(t *testing.T, p *djangotest.Project, r *rotated) {
	t.Helper()
	ids := []string{fmt.Sprint(r.ids + r.n)}
	found, err := p.Database.Query("SELECT id FROM token_blacklist_outstandingtoken WHERE jti > '" + r.newest + "' AND jti < '" + store.Locate(r.first).Prefix() + "zz'")
	if err != nil {
		t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var id string
		if err := found.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := found.Err(); err != nil {
		t.Fatal(err)
	}
	p.Database.Must(t, "DELETE FROM token_blacklist_blacklistedtoken WHERE token_id IN ("+strings.Join(ids, ", ")+")")
	if len(ids) > 1 {
		p.Database.Must(t, "DELETE FROM token_blacklist_outstandingtoken WHERE id IN ("+strings.Join(ids[1:], ", ")+")")
	}
}
