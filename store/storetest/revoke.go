// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// testRevoke: a revoked session stays revoked, and no other session is.
func testRevoke(t *testing.T, fresh func(*testing.T) *bench) {
	t.Run("newest token", func(t *testing.T) {
		b := fresh(t)
		other := b.login(t)
		token := b.rotate(t, 0, b.login(t))
		b.wantRevoked(t, b.revoke(t, 1, token, store.Logout), store.Live, true)
		b.wantCheck(t, token, store.Refused)
		b.wantSpend(t, token, b.grace, store.Refused)
		b.wantRevoked(t, b.revoke(t, 2, token, store.Logout), store.Refused, true)
		b.wantCheck(t, other, store.Live)
	})
	t.Run("token that was never spent", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		// Only a store that is told of logins knows the session.
		b.wantRevoked(t, b.revoke(t, 0, token, store.Logout), store.Live, b.Issue != nil)
		b.wantSpend(t, token, b.grace, store.Refused)
		b.wantRevoked(t, b.revoke(t, 1, token, store.Logout), store.Refused, true)
	})
	t.Run("spent token", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		token := first
		for i := range 3 {
			token = b.rotate(t, i, token)
		}
		b.wantRevoked(t, b.revoke(t, 0, first, store.Logout), store.Spent, true)
		b.wantCheck(t, token, store.Refused)
		b.wantSpend(t, token, b.grace, store.Refused)
	})
	t.Run("token in the middle", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		middle := b.rotate(t, 0, first)
		token := b.rotate(t, 2, b.rotate(t, 1, middle))
		b.wantRevoked(t, b.revoke(t, 0, middle, store.Logout), store.Spent, true)
		b.wantCheck(t, token, store.Refused)
		b.wantSpend(t, first, b.grace, store.Refused)
	})
	t.Run("replay of a logged-out token", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		b.revoke(t, 1, token, store.Logout) // spent, its successor never used
		b.wantSpend(t, token, time.Hour, store.Refused)
		b.wantCheck(t, next, store.Refused)
	})
	t.Run("spent token is never a sign of theft", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		b.rotate(t, 1, b.rotate(t, 0, token))
		b.revoke(t, 2, token, store.Logout)
		b.wantSpend(t, token, 0, store.Refused)
	})
	t.Run("by jti alone", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		token := b.rotate(t, 1, b.rotate(t, 0, first))
		b.wantRevoked(t, b.revoke(t, 2, store.Token{JTI: first.JTI}, store.Admin), store.Spent, true)
		b.wantCheck(t, token, store.Refused)
		fresh := b.login(t)
		b.wantRevoked(t, b.revoke(t, 0, store.Token{JTI: fresh.JTI}, store.Admin), store.Live, b.Issue != nil)
		b.wantSpend(t, fresh, b.grace, store.Refused)
	})
	t.Run("jti that nobody knows", func(t *testing.T) {
		b := fresh(t)
		token := store.Token{JTI: drawJTI()}
		b.wantRevoked(t, b.revoke(t, 0, token, store.Admin), store.Live, false)
		b.wantCheck(t, token, store.Refused)
	})
	t.Run("a session of a hundred", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		token := first
		for i := range 100 {
			token = b.rotate(t, i, token)
		}
		b.wantRevoked(t, b.revoke(t, 0, first, store.Logout), store.Spent, true)
		b.wantCheck(t, token, store.Refused)
	})
}

func (b *bench) wantRevoked(t *testing.T, a store.RevokeAnswer, before store.Verdict, known bool) {
	t.Helper()
	if a.Before != before || a.Known != known {
		t.Errorf("Revoke = %+v, want before %v, known %v", a, before, known)
	}
	if d := a.Now.Sub(b.now(t)).Abs(); d > wait {
		t.Errorf("Revoke's clock is %v off", d)
	}
}

// testCutOff: log out everywhere, and in again.
func testCutOff(t *testing.T, fresh func(*testing.T) *bench) {
	t.Run("whose tokens", func(t *testing.T) {
		b := fresh(t)
		now := b.now(t).Unix()
		of := func(issued int64, user store.User) store.Token {
			return b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: issued, ExpiresAt: now + 3600, User: user})
		}
		seven, eight := store.User{ID: "7", Kind: store.IntegerUser}, store.User{ID: "8", Kind: store.IntegerUser}
		text := store.User{ID: "7", Kind: store.TextUser} // the same user
		old, quoted, spent := of(now-60, seven), of(now-60, text), of(now-60, seven)
		undated, other, nobody := of(0, seven), of(now-60, eight), of(now-60, store.User{})
		next := b.rotate(t, 0, spent)
		a := b.cutOff(t, 1, seven)
		if !b.edges[0].Traits().SharesBackend && (a.Second < now || a.Second > b.now(t).Unix()) {
			t.Errorf("CutOff.Second = %d, want the one asked for, about %d", a.Second, now)
		}
		for name, token := range map[string]store.Token{"old": old, "id as text": quoted, "no iat": undated, "successor": next, "spent": spent} {
			if v := b.check(t, 2, token).Verdict; v != store.Refused {
				t.Errorf("%s: Check = %v, want refused", name, v)
			}
			if v := b.spend(t, 0, token, time.Hour).Verdict; v != store.Refused {
				t.Errorf("%s: Spend = %v, want refused", name, v)
			}
		}
		for name, token := range map[string]store.Token{"other user": other, "no user": nobody} {
			if v := b.check(t, 2, token).Verdict; v != store.Live {
				t.Errorf("%s: Check = %v, want live", name, v)
			}
		}
		b.wantRevoked(t, b.revoke(t, 0, old, store.Logout), store.Refused, b.Issue != nil)
		if b.edges[0].Traits().SharesBackend {
			return // it revokes the tokens that it has, not a span of time
		}
		at, after := of(a.Second, seven), of(a.Second+1, seven)
		b.wantCheck(t, at, store.Refused)
		b.wantCheck(t, after, store.Live)
		// Its successor is issued by a clock behind the cut-off.
		rotated, err := b.edges[0].Spend(deadline(t), b.spending(after, b.grace, time.Unix(a.Second, 0)))
		if err != nil || rotated.Verdict != store.Rotated {
			t.Fatalf("Spend of a token after the cut-off = %v, %v, want rotated", rotated.Verdict, err)
		}
		b.wantCheck(t, as(after, rotated.Successor), store.Refused)
	})
	t.Run("again", func(t *testing.T) {
		b := fresh(t)
		user := store.User{ID: "again", Kind: store.TextUser}
		if b.edges[0].Traits().SharesBackend {
			return // it keeps no cut-off
		}
		now := b.now(t).Unix()
		cut := func(edge int, second, want int64) {
			t.Helper()
			c := &store.CutOff{Name: b.site, User: user, Second: second}
			if a, err := b.edges[edge].CutOff(deadline(t), c); err != nil || a.Second != want || a.Tokens != -1 {
				t.Errorf("CutOff at %d = %+v, %v; want %d in force", second, a, err, want)
			}
		}
		cut(0, now, now)
		cut(1, now+5, now+5)
		cut(2, now+2, now+5) // a cut-off never goes back
	})
	t.Run("nobody", func(t *testing.T) {
		b := fresh(t)
		_, err := b.edges[0].CutOff(deadline(t), &store.CutOff{Name: b.site})
		if !errors.Is(err, store.ErrNoUser) {
			t.Errorf("CutOff of nobody: %v, want ErrNoUser", err)
		}
		token := b.issue(t, store.Token{JTI: drawJTI(), IssuedAt: 1, ExpiresAt: b.now(t).Unix() + 60})
		b.wantCheck(t, token, store.Live)
	})
}
