// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Memory is a store in memory, written as plainly as can be from the table of package
// store. Stores are compared with it, and it serves tests of code that asks a store.
// It is not for production: it forgets everything when the process ends.
type Memory struct {
	// Is is what Traits returns. Set it before use.
	Is store.Traits

	mu       sync.Mutex
	now      func() time.Time
	fault    error
	asked    int
	sessions map[mark]*session
	voids    map[mark]void
	users    map[string]MemoryUser
}

// MemoryUser is a user that a Memory with Is.SeesUsers knows of.
type MemoryUser struct {
	Active       bool
	PasswordHash string
}

// mark names a session or a user of a site.
type mark struct{ name, id string }

type session struct {
	last   int               // the step that is not spent yet
	spent  map[int]time.Time // when each of the latest steps was spent
	newest store.Issued      // the token of step last
	ended  bool
	late   int // the step of the last late retry, -1 for none
	keep   time.Time
}

type void struct{ second, keep int64 }

var _ store.Store = (*Memory)(nil)

// NewMemory returns an empty store with the clock now; nil is time.Now.
func NewMemory(now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{
		Is: store.Traits{Kind: "memory", Timeout: time.Second}, now: now,
		sessions: map[mark]*session{}, voids: map[mark]void{}, users: map[string]MemoryUser{},
	}
}

// Fail makes every operation fail with err, until it is called with nil.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fault = err
}

// Asked returns how many operations were asked for, not counting Status.
func (m *Memory) Asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// Forget loses what is known of a token's session, as a failover of a database
// can.
func (m *Memory) Forget(name, jti string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sessions, mark{name, store.Locate(jti).Session})
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
func (m *Memory) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	defer m.mu.Unlock()
	if err := m.begin(ctx); err != nil {
		return store.Answer{}, err
	}
	a, n := store.Answer{Now: m.now()}, step(r.Token.JTI)
	s := m.session(r.Name, r.Token.JTI)
	at, timed := s.spent[n]
	age := a.Now.Sub(at).Abs()
	switch {
	case s.ended || m.void(r.Name, &r.Token):
		a.Verdict = store.Refused
	case n >= s.last:
		a.Verdict, a.Successor, a.Forgot = store.Rotated, r.Successor, n > s.last
	case n == s.last-1 && timed && age < r.Grace:
		a.Verdict, a.Successor = store.Replayed, s.newest
	case n == s.last-1 && timed && age < r.LateRetry && s.newest.ExpiresAt > a.Now.Unix() && (s.late < 0 || n-s.late >= 16):
		a.Verdict, a.Successor, a.Late = store.Replayed, s.newest, true
	case n < s.last-1 && timed && age < r.Grace:
		a.Verdict = store.Straggler
	default:
		a.Verdict = store.Reused
	}
	m.pass(&a, r.Token.User, r.Users)
	switch {
	case a.Verdict == store.Rotated:
		s.last, s.newest, s.spent[n] = n+1, r.Successor, a.Now
		maps.DeleteFunc(s.spent, func(i int, _ time.Time) bool { return i <= n-8 })
		s.keep = latest(s.keep, ends(r.Token.ExpiresAt, r.Leeway), ends(r.Successor.ExpiresAt, r.Leeway))
	case a.Verdict == store.Replayed && a.Late:
		s.late, s.spent[n] = n, a.Now
	case a.Verdict == store.Reused && r.EndOnReuse:
		s.ended, s.keep = true, latest(s.keep, ends(r.Token.ExpiresAt, r.Leeway))
	}
	return a, nil
}

// Revoke implements store.Store.
func (m *Memory) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	defer m.mu.Unlock()
	if err := m.begin(ctx); err != nil {
		return store.RevokeAnswer{}, err
	}
	a := store.RevokeAnswer{Before: m.check(r.Name, &r.Token), Now: m.now(), Known: m.known(r.Name, r.Token.JTI)}
	s := m.session(r.Name, r.Token.JTI)
	s.ended, s.keep = true, latest(s.keep, ends(r.Token.ExpiresAt, r.Leeway))
	if r.Reason == store.Admin || r.Token.ExpiresAt == 0 {
		s.keep = latest(s.keep, a.Now.Add(365*24*time.Hour))
	}
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
	v := void{second: c.Second, keep: latest(now.Add(365*24*time.Hour), now.Add(2*c.Lifetime)).Unix()}
	if old, ok := m.voids[mark{c.Name, c.User.ID}]; ok && old.keep >= now.Unix() {
		v.second, v.keep = max(v.second, old.second), max(v.keep, old.keep)
	}
	m.voids[mark{c.Name, c.User.ID}] = v
	return store.CutOffAnswer{Now: now, Second: v.second, Tokens: -1}, nil
}

// Status implements store.Store.
func (m *Memory) Status(context.Context) store.Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := store.Status{Kind: m.Is.Kind, Up: m.fault == nil, Now: m.now(), Entries: int64(len(m.sessions) + len(m.voids)), Purged: -1}
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

// known reports whether there is a record; one that is too old is none.
func (m *Memory) known(name, jti string) bool {
	s, ok := m.sessions[mark{name, store.Locate(jti).Session}]
	return ok && m.now().Unix() <= s.keep.Unix()
}

// session returns the record of a token's session, a new one where there is none.
func (m *Memory) session(name, jti string) *session {
	key := mark{name, store.Locate(jti).Session}
	if !m.known(name, jti) {
		m.sessions[key] = &session{spent: map[int]time.Time{}, late: -1}
	}
	return m.sessions[key]
}

func step(jti string) int { return int(store.Locate(jti).Step) }

// ends returns until when a session is remembered, from the exp of its last token.
// The result is in whole seconds, so a fraction of the leeway counts as one.
func ends(expires int64, leeway time.Duration) time.Time {
	return time.Unix(expires, 0).Add(leeway + time.Hour + time.Second - 1).Truncate(time.Second)
}

func latest(times ...time.Time) time.Time { return slices.MaxFunc(times, time.Time.Compare) }

// void reports whether the token's user has a cut-off that is not before it.
func (m *Memory) void(name string, t *store.Token) bool {
	v, ok := m.voids[mark{name, t.User.ID}]
	return t.User.Kind != store.NoUser && ok && m.now().Unix() <= v.keep && t.IssuedAt <= v.second
}

func (m *Memory) check(name string, t *store.Token) store.Verdict {
	s := &session{}
	if m.known(name, t.JTI) {
		s = m.session(name, t.JTI)
	}
	switch {
	case s.ended || m.void(name, t):
		return store.Refused
	case step(t.JTI) < s.last:
		return store.Spent
	default:
		return store.Live
	}
}

// pass checks the user of a token that would pass, notes the user's state, and
// refuses the token if the user does not pass.
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
	a.Verdict, a.Successor, a.Late = store.UserRefused, store.Issued{}, false
}
