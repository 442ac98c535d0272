// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

func init() {
	caddy.RegisterModule(new(Memory))
}

// Memory is a whole store. It keeps its records in maps, where a real one asks a
// database, and so it forgets them when a configuration is loaded.
type Memory struct {
	// How long one operation may take, at most 10s. Default: 250ms
	Timeout caddy.Duration `json:"timeout,omitempty"`

	timeout time.Duration
	now     func() time.Time

	mu       sync.Mutex
	sessions map[key]*store.Record
	cutOffs  map[key]cutOff
	sweepAt  int // how many records there may be until dead ones are looked for
}

// key names a session, or a user, of a site.
type key struct{ site, id string }

// cutOff voids the tokens of a user that were issued up to a second.
type cutOff struct{ second, keep int64 }

func (*Memory) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "http.token_refresh.stores.example", New: func() caddy.Module { return new(Memory) }}
}

// UnmarshalCaddyfile reads
//
//	store example {
//		timeout <duration>
//	}
func (m *Memory) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the store's name
	return setting.Each(d, func(name string) error {
		if name != "timeout" {
			return d.Errf("store example has no setting %s: write timeout <duration>", name)
		}
		return setting.Timeout(d, &m.Timeout)
	})
}

func (m *Memory) Provision(caddy.Context) (err error) {
	m.timeout, err = setting.ResolveTimeout("store example", m.Timeout)
	m.now, m.sessions, m.cutOffs = time.Now, map[key]*store.Record{}, map[key]cutOff{}
	return err
}

func (m *Memory) Traits() store.Traits { return store.Traits{Kind: "example", Timeout: m.timeout} }

func (m *Memory) Check(ctx context.Context, c *store.Check) (a store.Answer, err error) {
	err = m.decide(ctx, c.Name, &c.Token, func(r *store.Record, step uint32, void bool) {
		a = store.Answer{Verdict: r.Check(step, void, m.now()), Now: m.now()}
	})
	return a, err
}

func (m *Memory) Spend(ctx context.Context, s *store.Spend) (a store.Answer, err error) {
	err = m.decide(ctx, s.Name, &s.Token, func(r *store.Record, step uint32, void bool) {
		a, _ = r.Spend(s, step, void, m.now())
	})
	return a, err
}

func (m *Memory) Revoke(ctx context.Context, v *store.Revocation) (a store.RevokeAnswer, err error) {
	err = m.decide(ctx, v.Name, &v.Token, func(r *store.Record, step uint32, void bool) {
		a, _ = r.Revoke(v, step, void, m.now())
	})
	return a, err
}

// decide calls f with a copy of the record of a token's session, and keeps what f
// made of it: reading, deciding and writing are one step.
func (m *Memory) decide(ctx context.Context, site string, t *store.Token, f func(r *store.Record, step uint32, void bool)) error {
	if err := store.ValidJTI(t.JTI); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	place, now := store.Locate(t.JTI), m.now().Unix()
	c, cut := m.cutOffs[key{site, t.User.ID}]
	void := cut && t.User.Kind != store.NoUser && c.keep >= now && c.second >= t.IssuedAt
	var record store.Record
	if known := m.sessions[key{site, place.Session}]; known != nil {
		record = *known
	}
	f(&record, place.Step, void)
	if record != (store.Record{}) {
		m.sessions[key{site, place.Session}] = &record
	}
	if len(m.sessions) > m.sweepAt { // which costs each of them a constant time
		maps.DeleteFunc(m.sessions, func(_ key, r *store.Record) bool { return r.Keep < now })
		m.sweepAt = 2*len(m.sessions) + 1000
	}
	return nil
}

func (m *Memory) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return store.CutOffAnswer{}, fmt.Errorf("%w: %w", store.ErrUnavailable, err)
	}
	now, user := m.now(), key{c.Name, c.User.ID}
	maps.DeleteFunc(m.cutOffs, func(_ key, c cutOff) bool { return c.keep < now.Unix() })
	before := m.cutOffs[user] // a cut-off never goes back
	m.cutOffs[user] = cutOff{max(c.Second, before.second), max(store.KeepCutOff(now, c.Lifetime), before.keep)}
	return store.CutOffAnswer{Now: now, Second: m.cutOffs[user].second, Tokens: -1}, nil
}

func (m *Memory) Status(context.Context) store.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	return store.Status{Kind: "example", Up: true, Now: m.now(), Entries: int64(len(m.sessions) + len(m.cutOffs)), Purged: -1}
}

// A store of one's own, from its module's registration to its last method.
func Example() {
	m := new(Memory)
	if err := m.Provision(caddy.Context{}); err != nil {
		fmt.Println(err)
	}
	now := time.Now().Unix()
	login := store.Token{JTI: "0f8b2d2e7c6a4c1c9b0e1d2f3a4b5c6d", IssuedAt: now, ExpiresAt: now + 60}
	s := &store.Spend{Token: login, Grace: 10 * time.Second, Successor: store.Issued{
		JTI: store.Successor(login.JTI), IssuedAt: now, ExpiresAt: now + 60,
	}}
	for range 2 {
		a, err := m.Spend(context.Background(), s)
		fmt.Println(a.Verdict, err)
	}
	// Output:
	// rotated <nil>
	// replayed <nil>
}
