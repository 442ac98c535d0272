// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestAgo: a question about an earlier time does not see what was spent since, and an
// ended session stays ended. Guards the comparison of a rollout, in which Django has
// spent the token by the time that the edge asks.
func TestAgo(t *testing.T) {
	d := newLite(t, "integer")
	s := d.open(t, nil)
	spent, django, ended := d.token(store.User{}), d.token(store.User{}), d.token(store.User{})
	rotate(t, s, spent)
	d.login(t, django)
	d.must(t, "INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) SELECT id, ? FROM token_blacklist_outstandingtoken WHERE jti = ?",
		d.Now().UTC().Format("2006-01-02 15:04:05.000000"), django.JTI)
	if _, err := s.Revoke(context.Background(), &store.Revocation{Token: ended}); err != nil {
		t.Fatal(err)
	}
	d.Advance(10 * time.Second)
	for _, tt := range []struct {
		name   string
		token  store.Token
		ago    time.Duration
		answer store.Verdict
	}{
		{"spent by an edge", spent, 0, store.Spent},
		{"spent by an edge, since", spent, 11 * time.Second, store.Live},
		{"spent by an edge, before", spent, 9 * time.Second, store.Spent},
		{"spent by Django", django, 0, store.Refused},
		{"spent by Django, since", django, 11 * time.Second, store.Live},
		{"spent by Django, before", django, 9 * time.Second, store.Refused},
		{"ended", ended, 11 * time.Second, store.Refused},
	} {
		a, err := s.Check(context.Background(), &store.Check{Token: tt.token, Ago: tt.ago})
		want(t, tt.name, a, err, tt.answer)
	}
}
