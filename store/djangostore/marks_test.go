// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// marks looks at the rows that belong to no token: who is logged out everywhere
// is not counted with them, a token that turns up later is ended as well and
// remembered for longer, and flushexpiredtokens takes them.
func (v *live) marks(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5"})
	s := open(t, p, nil)
	ctx := context.Background()
	first := signIn(t, p, "ann")
	second := rotate(t, s, first)
	prefix := store.Locate(second.JTI).Prefix()
	count := func(what string, want int64) {
		t.Helper()
		got := p.Database.Int(t, "SELECT count(*) FROM token_blacklist_outstandingtoken o JOIN token_blacklist_blacklistedtoken b ON b.token_id = o.id"+
			" WHERE o.user_id IS NULL AND o.token = '' AND o.created_at IS NOT NULL AND o.jti LIKE '"+prefix+what+"%'")
		if got != want {
			t.Errorf("%d pairs of %s, want %d", got, what, want)
		}
	}
	late := spending(first, time.Nanosecond)
	late.LateRetry = time.Hour
	a, err := s.Spend(ctx, late)
	want(t, "a late retry", a, err, store.Replayed)
	count(lateLetter, 1)
	end := func(token store.Token) {
		t.Helper()
		if a, err := s.Revoke(ctx, &store.Revocation{Token: token}); err != nil || !a.Known {
			t.Fatalf("Revoke = %+v, %v", a, err)
		}
	}
	end(first)
	end(second)
	count(endLetter, 1)
	if n := v.spentRows(t, p, second.JTI); n != 1 {
		t.Errorf("the newest token has %d blacklisted rows, want 1", n)
	}
	// A Spend that was under way hands out one more, which lives for longer.
	third := store.Successor(second.JTI)
	p.Database.Must(t, fmt.Sprintf("INSERT INTO token_blacklist_outstandingtoken (jti, token, created_at, expires_at, user_id) "+
		"VALUES ('%s', 'x', '2026-01-01 00:00:00', '2039-01-01 00:00:00', 1)", third))
	end(first)
	count(endLetter, 2)
	if n := v.spentRows(t, p, third); n != 1 {
		t.Errorf("the token that turned up has %d blacklisted rows, want 1", n)
	}
	a, err = s.Check(ctx, &store.Check{Token: follow(second, store.Issued{JTI: store.Successor(third)})})
	want(t, "Check of a token that nobody knows", a, err, store.Refused)
	rotate(t, s, signIn(t, p, "ann"))
	if c, err := s.CutOff(ctx, &store.CutOff{User: first.User}); err != nil || c.Tokens != 1 {
		t.Errorf("CutOff = %+v, %v; want 1 token", c, err)
	}
	p.Database.Must(t, "UPDATE token_blacklist_outstandingtoken SET expires_at = '2020-01-01 00:00:00'")
	p.Manage(t, "flushexpiredtokens")
	if n := p.Database.Int(t, "SELECT count(*) FROM token_blacklist_outstandingtoken"); n != 0 {
		t.Errorf("flushexpiredtokens left %d rows", n)
	}
}

func (v *live) spentRows(t *testing.T, p *djangotest.Project, jti string) int64 {
	t.Helper()
	return p.Database.Int(t, "SELECT count(*) FROM token_blacklist_blacklistedtoken b JOIN token_blacklist_outstandingtoken o ON o.id = b.token_id WHERE o.jti = '"+jti+"'")
}
