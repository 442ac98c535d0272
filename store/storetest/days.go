// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// testTime: what takes hours and days. It needs a clock that the test can move.
func testTime(t *testing.T, fresh func(*testing.T) *bench) {
	if fresh(t).Advance == nil {
		return
	}
	t.Run("records outlive both tokens", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t)
		// The token ends before its successor, and after it.
		for _, lives := range [][2]time.Duration{{time.Hour, day}, {day, time.Hour}} {
			token := b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: now.Unix(), ExpiresAt: now.Add(lives[0]).Unix()})
			s := b.spending(token, 0, now)
			s.Successor.ExpiresAt = now.Add(lives[1]).Unix()
			s.Leeway = time.Minute
			if a, err := b.edges[0].Spend(deadline(t), s); err != nil || a.Verdict != store.Rotated {
				t.Fatalf("Spend = %v, %v; want rotated", a.Verdict, err)
			}
			revoked := b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: now.Unix(), ExpiresAt: now.Add(day).Unix()})
			b.revoke(t, 1, revoked, store.Logout)
			b.Advance(day + store.Margin)
			b.wantCheck(t, revoked, store.Refused)
			b.Advance(time.Minute)
			b.wantSpend(t, token, time.Minute, store.Reused)
			now = b.now(t)
		}
	})
	t.Run("admin records live a year", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t)
		token := b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: now.Unix() - 60, User: store.User{ID: "7", Kind: store.IntegerUser}})
		plain := b.issue(t, store.Token{JTI: drawJTI()})
		b.revoke(t, 0, plain, store.Admin)
		b.cutOff(t, 0, token.User)
		b.Advance(364 * day)
		b.wantCheck(t, plain, store.Refused)
		b.wantCheck(t, token, store.Refused)
	})
	t.Run("old login, short-lived tokens", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t)
		first := b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: now.Unix(), ExpiresAt: now.Add(30 * day).Unix()})
		token := first
		for edge := 0; b.now(t).Sub(now) < 3*day; edge++ {
			token = b.rotate(t, edge, token)
			b.Advance(10 * time.Minute)
		}
		s := b.spending(first, b.grace, b.now(t))
		s.EndOnReuse = true
		if a, err := b.edges[0].Spend(deadline(t), s); err != nil || a.Verdict != store.Reused {
			t.Fatalf("Spend of the first token = %v, %v; want reused", a.Verdict, err)
		}
		b.wantSpend(t, token, b.grace, store.Refused)
		// The first token is remembered although all others have expired.
		b.Advance(20 * day)
		b.wantSpend(t, first, b.grace, store.Refused)
	})
	t.Run("jti of a token that expired", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		token := first
		for edge := range 200 {
			token = b.rotate(t, edge, token)
			b.Advance(30 * time.Minute)
		}
		b.wantRevoked(t, b.revoke(t, 0, store.Token{JTI: first.JTI}, store.Admin), store.Spent, true)
		b.wantCheck(t, token, store.Refused)
	})
	t.Run("cut-offs outlive long-lived tokens", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t)
		user := store.User{ID: "7", Kind: store.IntegerUser}
		token := b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: now.Unix(), ExpiresAt: now.Add(400 * day).Unix(), User: user})
		_, err := b.edges[0].CutOff(deadline(t), &store.CutOff{Name: b.site, User: user, Second: now.Unix(), Lifetime: 300 * day})
		if err != nil {
			t.Fatal(err)
		}
		b.cutOff(t, 1, user) // by an edge with short-lived tokens
		b.Advance(399 * day)
		b.wantCheck(t, token, store.Refused)
	})
}
