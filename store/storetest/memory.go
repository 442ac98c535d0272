// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"sync"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Memory is an honest store in memory, written from the table of package store
// and as plain as can be. Stores are compared with it, and it serves tests of
// whatever asks a store. It forgets when the process ends: it is no store to run.
type Memory struct {
	// Is is what Traits returns. Set it before use.
	Is store.Traits

	mu    sync.Mutex
	now   func() time.Time
	fault error
	asked int
	reach int // how far a chain is walked
	marks map[mark]*entry
	voids map[mark]void
	users map[string]MemoryUser
}

// MemoryUser is a user that a Memory with Is.SeesUsers knows of.
type MemoryUser struct {
	Active       bool
	PasswordHash string
}

// mark names a token or a user of a site.
type mark struct{ name, id string }

type entry struct {
	spent   bool
	at      time.Time
	next    store.Issued
	revoked bool
	keep    int64
}

type void struct{ second, keep int64 }

var _ store.Store = (*Memory)(nil)

// NewMemory returns an empty store with the clock now; nil is time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{
		Is: store.Traits{Kind: "memory", Timeout: time.Second}, now: now, reach: store.MaxSteps,
		marks: map[mark]*entry{}, voids: map[mark]void{}, users: map[string]MemoryUser{},
	}
}

// Fail makes every operation fail with err, until it is called with nil.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = err
}

// Asked returns how many operations were asked for, Status apart.
func (m *Memory) Asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// Lose forgets what is known of a token, as a failover of a database can.
func (m *Memory) Lose(name, jti string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.marks, mark{name, jti})
}

// SetUser makes a user known, or changes one.
func (m *Memory) SetUser(id string, u MemoryUser) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.users[id] = u
}

// RemoveUser deletes a user.
func (m *Memory) RemoveUser(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.users, id)
}

// Traits implements store.Store.
func (m *Memory) Traits() store.Traits { return m.Is }

// Check implements store.Store.
func (m *Memory) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	defer m.mu.Unlock()
	if err := m.begin(ctx); err != nil {
		return store.Answer{}, err
	}
	a := store.Answer{Verdict: m.check(c.Name, &c.Token), Now: m.now()}
	m.pass(&a, c.Token.User, c.Users)
	return a, nil
}

// Spend implements store.Store.
func (m *Memory) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	defer m.mu.Unlock()
	if err := m.begin(ctx); err != nil {
		return store.Answer{}, err
	}
	a := store.Answer{Now: m.now()}
	r, next := m.entry(s.Name, s.Token.JTI), m.entry(s.Name, s.Successor.JTI)
	age := a.Now.Sub(r.at)
	switch {
	case m.refused(s.Name, &s.Token):
		a.Verdict = store.Refused
	case !r.spent && !next.spent:
		a.Verdict, a.Successor = store.Rotated, s.Successor
	case r.spent && age < s.Grace && -age < s.Grace && !next.spent:
		a.Verdict, a.Successor = store.Replayed, r.next
	case r.spent && age < s.Grace && -age < s.Grace:
		a.Verdict = store.Straggler
	default:
		a.Verdict = store.Reused
	}
	m.pass(&a, s.Token.User, s.Users)
	if a.Verdict == store.Rotated {
		keep := time.Unix(max(s.Token.ExpiresAt, s.Successor.ExpiresAt), 0).Add(s.Leeway + time.Hour)
		m.marks[mark{s.Name, s.Token.JTI}] = &entry{spent: true, at: a.Now, next: s.Successor, keep: keep.Unix()}
	}
	return a, nil
}

// Revoke implements store.Store.
func (m *Memory) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	defer m.mu.Unlock()
	if err := m.begin(ctx); err != nil {
		return store.RevokeAnswer{}, err
	}
	a := store.RevokeAnswer{Before: m.check(r.Name, &r.Token), Now: m.now(), Newest: r.Token.JTI}
	expires := r.Token.ExpiresAt
	for jti, i := r.Token.JTI, 0; i < m.reach; i++ {
		e, next := m.entry(r.Name, jti), store.Successor(jti)
		switch {
		case e.spent:
			a.Newest, a.Steps, expires = next, i+1, e.next.ExpiresAt
		case e.revoked && jti != a.Newest:
			a.Newest, a.Steps, expires = jti, i, 0
		}
		jti = next
	}
	if m.entry(r.Name, a.Newest).spent {
		return store.RevokeAnswer{}, store.ErrChainTooLong
	}
	if r.Reason != store.Reuse {
		m.revoke(r, r.Token.JTI, r.Token.ExpiresAt)
	}
	m.revoke(r, a.Newest, expires)
	return a, nil
}

// CutOff implements store.Store.
func (m *Memory) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	defer m.mu.Unlock()
	if err := m.begin(ctx); err != nil {
		return store.CutOffAnswer{}, err
	}
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	now := m.now()
	v := void{second: now.Unix(), keep: now.Add(365 * 24 * time.Hour).Unix()}
	if old, ok := m.voids[mark{c.Name, c.User.ID}]; ok && old.keep >= now.Unix() {
		v.second = max(v.second, old.second)
	}
	m.voids[mark{c.Name, c.User.ID}] = v
	return store.CutOffAnswer{Now: now, Second: v.second, Tokens: -1}, nil
}

// Status implements store.Store.
func (m *Memory) Status(context.Context) store.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := store.Status{Kind: m.Is.Kind, Up: m.fault == nil, Now: m.now(), Entries: int64(len(m.marks) + len(m.voids)), Purged: -1}
	if m.fault != nil {
		s.LastError, s.LastErrorAt = m.fault.Error(), s.Now
	}
	return s
}

// begin takes the lock, which every operation gives back.
func (m *Memory) begin(ctx context.Context) error {
	m.mu.Lock()
	m.asked++
	if err := ctx.Err(); err != nil {
		return err
	}
	return m.fault
}

// entry returns what is known of a token; what is too old counts as nothing.
func (m *Memory) entry(name, jti string) entry {
	if e, ok := m.marks[mark{name, jti}]; ok && m.now().Unix() <= e.keep {
		return *e
	}
	return entry{}
}

func (m *Memory) refused(name string, t *store.Token) bool {
	if m.entry(name, t.JTI).revoked || m.entry(name, store.Successor(t.JTI)).revoked {
		return true
	}
	v, ok := m.voids[mark{name, t.User.ID}]
	return t.User.Kind != store.NoUser && ok && m.now().Unix() <= v.keep && t.IssuedAt <= v.second
}

func (m *Memory) check(name string, t *store.Token) store.Verdict {
	switch {
	case m.refused(name, t):
		return store.Refused
	case m.entry(name, t.JTI).spent || m.entry(name, store.Successor(t.JTI)).spent:
		return store.Spent
	default:
		return store.Live
	}
}

func (m *Memory) revoke(r *store.Revocation, jti string, expires int64) {
	e := m.entry(r.Name, jti)
	e.revoked = true
	e.keep = max(e.keep, time.Unix(expires, 0).Add(r.Leeway+time.Hour).Unix())
	if expires == 0 || r.Reason == store.Admin {
		e.keep = max(e.keep, m.now().Add(365*24*time.Hour).Unix())
	}
	m.marks[mark{r.Name, jti}] = &e
}

// pass lets the user have a say where the token would pass.
func (m *Memory) pass(a *store.Answer, user store.User, checks store.UserChecks) {
	asked := checks.Exists || checks.Active || checks.Password
	if !m.Is.SeesUsers || user.Kind == store.NoUser || !asked || !a.Verdict.Passes() {
		return
	}
	u, ok := m.users[user.ID]
	switch {
	case !ok:
		a.User = store.UserMissing
	case checks.Active && !u.Active:
		a.User = store.UserInactive
	case checks.Password && checks.PasswordClaim != store.PasswordMark(u.PasswordHash):
		a.User = store.UserPasswordChanged
	default:
		a.User = store.UserPasses
		return
	}
	a.Verdict, a.Successor = store.UserRefused, store.Issued{}
}
