//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/djangostore/djangotest"
)

func TestZZ(t *testing.T) {
	v := &live{"mysql", djangotest.Start(t, "mysql", false)}
	p := v.project(t, djangotest.Project{Release: "5.5", Key: "text"})
	a, b := open(t, p, nil), open(t, p, nil)
	for i := range 400 {
		tok := store.Token{JTI: fmt.Sprintf("%032x", i), IssuedAt: time.Now().Unix(), ExpiresAt: time.Now().Unix() + 1000, Text: "x", User: store.User{ID: "7", Kind: store.IntegerUser}}
		login(t, p, tok)
		n := store.Successor(tok.JTI)
		r := &store.Spend{Token: tok, Release: "5.3", Grace: time.Hour, Successor: store.Issued{JTI: n, Text: "y", IssuedAt: time.Now().Unix(), ExpiresAt: time.Now().Unix() + 2000}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%100*20)*time.Microsecond)
		first, err := a.Spend(ctx, r)
		cancel()
		again, err2 := b.Spend(t.Context(), r)
		if !again.Verdict.Passes() {
			t.Error(i, first.Verdict, err, again, err2)
			dump := func() {
			rows, _ := p.Database.Query("select o.id, o.jti, coalesce(o.created_at,''), coalesce(b.blacklisted_at,'') from token_blacklist_outstandingtoken o left join token_blacklist_blacklistedtoken b on b.token_id=o.id where o.jti in (?,?)", tok.JTI, n)
			for rows.Next() {
				var id int; var x, y, z string
				rows.Scan(&id, &x, &y, &z)
				t.Log(id, x, y, z)
			}
			}
			dump()
			time.Sleep(100*time.Millisecond)
			dump()
		}
	}
}
