// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestMemory holds the model itself to the table.
func TestMemory(t *testing.T) {
	Run(t, func(*testing.T) Opener {
		c := NewClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		m := NewMemory(c.Now)
		return Opener{
			Open: func(*testing.T) store.Store { return m }, Advance: c.Advance,
			Forget: func(_ *testing.T, name, jti string) { m.Forget(name, jti) },
		}
	})
}

// TestMemoryUsers: the answers of a store that sees users.
func TestMemoryUsers(t *testing.T) {
	m := NewMemory(nil)
	m.Is.SeesUsers = true
	m.SetUser("1", MemoryUser{Active: true, PasswordHash: "pbkdf2$x"})
	m.SetUser("2", MemoryUser{})
	now := time.Now().Unix()
	mark := "B7B8D2E2CB1F1D8C7C6F5A1B5B3A2F0E"
	for name, tc := range map[string]struct {
		user    store.User
		checks  store.UserChecks
		verdict store.Verdict
		state   store.UserState
	}{
		"not asked":        {store.User{ID: "3", Kind: store.TextUser}, store.UserChecks{}, store.Rotated, store.UserUnseen},
		"nobody":           {store.User{}, store.UserChecks{Exists: true}, store.Rotated, store.UserUnseen},
		"passes":           {store.User{ID: "1", Kind: store.TextUser}, store.UserChecks{Exists: true, Active: true}, store.Rotated, store.UserPasses},
		"missing":          {store.User{ID: "3", Kind: store.TextUser}, store.UserChecks{Exists: true}, store.UserRefused, store.UserMissing},
		"inactive":         {store.User{ID: "2", Kind: store.TextUser}, store.UserChecks{Exists: true, Active: true}, store.UserRefused, store.UserInactive},
		"inactive, let be": {store.User{ID: "2", Kind: store.TextUser}, store.UserChecks{Exists: true}, store.Rotated, store.UserPasses},
		"password changed": {store.User{ID: "1", Kind: store.TextUser}, store.UserChecks{Password: true, PasswordClaim: mark}, store.UserRefused, store.UserPasswordChanged},
		"password the same": {
			store.User{ID: "1", Kind: store.TextUser},
			store.UserChecks{Password: true, PasswordClaim: store.PasswordMark("pbkdf2$x")},
			store.Rotated, store.UserPasses,
		},
	} {
		token := store.Token{JTI: drawJTI(), IssuedAt: now, ExpiresAt: now + 60, User: tc.user}
		s := &store.Spend{Token: token, Successor: store.Issued{JTI: store.Successor(token.JTI)}, Users: tc.checks}
		a, err := m.Spend(t.Context(), s)
		if err != nil || a.Verdict != tc.verdict || a.User != tc.state {
			t.Errorf("%s: Spend = %v, %v, %v; want %v, %v", name, a.Verdict, a.User, err, tc.verdict, tc.state)
		}
		// A user who was refused has spent nothing.
		a, err = m.Check(t.Context(), &store.Check{Token: token})
		if want := map[bool]store.Verdict{true: store.Live, false: store.Spent}[tc.verdict == store.UserRefused]; err != nil || a.Verdict != want {
			t.Errorf("%s: Check afterwards = %v, %v; want %v", name, a.Verdict, err, want)
		}
	}
}

// TestMemoryFails: faults on demand are errors without a verdict.
func TestMemoryFails(t *testing.T) {
	m, boom := NewMemory(nil), errors.New("boom")
	m.Fail(boom)
	if a, err := m.Spend(t.Context(), &store.Spend{}); !errors.Is(err, boom) || a.Verdict != store.Undecided {
		t.Errorf("Spend = %v, %v; want %v", a.Verdict, err, boom)
	}
	if s := m.Status(t.Context()); s.Up || s.LastError != "boom" {
		t.Errorf("Status = %+v, want down", s)
	}
	m.Fail(nil)
	if a, err := m.Check(t.Context(), &store.Check{Token: store.Token{JTI: "a"}}); err != nil || a.Verdict != store.Live {
		t.Errorf("Check = %v, %v; want live", a.Verdict, err)
	}
	if m.Asked() != 2 {
		t.Errorf("Asked = %d, want 2", m.Asked())
	}
}
