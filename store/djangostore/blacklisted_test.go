// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestBlacklisted: a token that Django refuses as well is told from one whose session
// alone is over. Guards `refusals backend`: Django would accept and spend the latter.
func TestBlacklisted(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	ctx := context.Background()
	django, ended := d.token(store.User{}), d.token(store.User{})
	d.login(t, django)
	d.must(t, "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) SELECT id, ? FROM token_blacklist_outstandingtoken WHERE jti = ?",
		d.Now().UTC().Format("2006-01-02 15:04:05.000000"), django.JTI)
	first := ended
	ended = rotate(t, s, first)
	if _, err := s.Revoke(ctx, &store.Revocation{Token: first}); err != nil {
		t.Fatal(err)
	}
	unused := d.token(store.User{})
	if _, err := s.Revoke(ctx, &store.Revocation{Token: store.Token{JTI: store.Successor(unused.JTI), ExpiresAt: unused.ExpiresAt}}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name        string
		token       store.Token
		blacklisted bool
	}{
		{"blacklisted by Django", django, true},
		{"the newest of an ended session", ended, true},
		{"a spent one of an ended session", first, true},
		{"one of a session that was ended by another's jti", unused, false},
	} {
		a, err := s.Check(ctx, &store.Check{Token: tt.token})
		want(t, tt.name, a, err, store.Refused)
		spend, err := s.Spend(ctx, &store.Spend{Token: tt.token, Successor: store.Issued{JTI: store.Successor(tt.token.JTI), ExpiresAt: tt.token.ExpiresAt}})
		want(t, tt.name+", spending", spend, err, store.Refused)
		revoked, err := s.Revoke(ctx, &store.Revocation{Token: tt.token})
		if err != nil || revoked.Before != store.Refused {
			t.Errorf("%s: revoking it: %+v, %v", tt.name, revoked, err)
		}
		if a.Blacklisted != tt.blacklisted || spend.Blacklisted != tt.blacklisted || revoked.Blacklisted != tt.blacklisted {
			t.Errorf("%s: blacklisted %t, %t, %t, want %t", tt.name, a.Blacklisted, spend.Blacklisted, revoked.Blacklisted, tt.blacklisted)
		}
	}
}
