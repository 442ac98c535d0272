// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// ledger is a store in memory that decides with store.Record, as stores that
// decide in Go do. The suite compares it with Memory, which knows the table in
// its own words.
type ledger struct {
	now func() time.Time

	mu       sync.Mutex
	sessions map[mark]*store.Record
	cutOffs  map[mark]void
}

func (l *ledger) Traits() store.Traits {
	return store.Traits{Kind: "ledger", Timeout: time.Second}
}

func (l *ledger) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return store.Answer{}, ctx.Err()
	}
	now, place := l.now(), store.Locate(c.Token.JTI)
	return store.Answer{Verdict: l.record(c.Name, place).Check(place.Step, l.void(c.Name, &c.Token), now), Now: now}, nil
}

func (l *ledger) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return store.Answer{}, ctx.Err()
	}
	place := store.Locate(s.Token.JTI)
	a, _ := l.record(s.Name, place).Spend(s, place.Step, l.void(s.Name, &s.Token), l.now())
	return a, nil
}

func (l *ledger) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil {
		return store.RevokeAnswer{}, ctx.Err()
	}
	place := store.Locate(r.Token.JTI)
	a, _ := l.record(r.Name, place).Revoke(r, place.Step, l.void(r.Name, &r.Token), l.now())
	return a, nil
}

func (l *ledger) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return store.CutOffAnswer{}, ctx.Err()
	case c.User.Kind == store.NoUser:
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	v, key := void{c.Second, store.KeepCutOff(l.now(), c.Lifetime)}, mark{c.Name, c.User.ID}
	if old := l.cutOffs[key]; old.keep >= l.now().Unix() {
		v = void{max(v.second, old.second), max(v.keep, old.keep)}
	}
	l.cutOffs[key] = v
	return store.CutOffAnswer{Now: l.now(), Second: v.second, Tokens: -1}, nil
}

func (l *ledger) Status(context.Context) store.Status {
	return store.Status{Kind: "ledger", Up: true, Now: l.now(), Entries: -1, Purged: -1}
}

func (l *ledger) record(name string, p store.Place) *store.Record {
	key := mark{name, p.Session}
	if l.sessions[key] == nil {
		l.sessions[key] = new(store.Record)
	}
	return l.sessions[key]
}

func (l *ledger) void(name string, t *store.Token) bool {
	v, ok := l.cutOffs[mark{name, t.User.ID}]
	return ok && t.User.Kind != store.NoUser && v.keep >= l.now().Unix() && v.second >= t.IssuedAt
}

// TestRecord holds store.Record to the suite.
func TestRecord(t *testing.T) {
	Run(t, func(*testing.T) Opener {
		c := &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
		l := &ledger{now: c.Now, sessions: map[mark]*store.Record{}, cutOffs: map[mark]void{}}
		return Opener{
			Open: func(*testing.T) store.Store { return l }, Advance: c.Advance,
			Forget: func(_ *testing.T, name, jti string) {
				l.mu.Lock()
				defer l.mu.Unlock()
				delete(l.sessions, mark{name, store.Locate(jti).Session})
			},
		}
	})
}
