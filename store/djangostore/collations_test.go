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

// collations takes a session past the steps whose digits hold aa, which is the
// last letter in Danish, and ends it. Guards that the newest row is the newest
// whatever the collation sorts by, and that case does not make two sessions one.
func (v *live) collations(t *testing.T) {
	if v.kind != "mysql" {
		return // SQLite compares bytes, and so does PostgreSQL's index for LIKE
	}
	for _, collation := range []string{"utf8mb4_general_ci", "utf8mb4_unicode_ci", "utf8mb4_danish_ci", "utf8mb4_nopad_bin"} {
		t.Run(collation, func(t *testing.T) {
			p := &djangotest.Project{Release: "5.5", Database: v.server.Create(t, collation)}
			p.Migrate(t)
			s := open(t, p, nil)
			signIn(t, p, "ann")
			first := signFor(t, p, "0123456789ab4def8123456789abcdef")
			token := first
			for step := range 0xac {
				a, err := s.Spend(context.Background(), spending(token, time.Hour))
				want(t, fmt.Sprintf("Spend of step %#x", step), a, err, store.Rotated)
				token = follow(token, a.Successor)
			}
			a, err := s.Check(context.Background(), &store.Check{Token: first})
			want(t, "Check of the first token", a, err, store.Spent)
			r, err := s.Revoke(context.Background(), &store.Revocation{Token: store.Token{JTI: first.JTI}, Reason: store.Admin})
			if err != nil || r.Before != store.Spent {
				t.Fatalf("Revoke = %+v, %v", r, err)
			}
			a, err = s.Spend(context.Background(), spending(token, time.Hour))
			want(t, "Spend after the end", a, err, store.Refused)
			spent := p.Database.Int(t, "SELECT count(*) FROM token_blacklist_blacklistedtoken b JOIN token_blacklist_outstandingtoken o ON o.id = b.token_id WHERE o.jti = '"+token.JTI+"'")
			if spent != 1 {
				t.Errorf("the newest token is not in Django's blacklist")
			}
		})
	}
}
