// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// counted holds the store to its round trips: one for a winner, one for whoever
// comes within the grace, one for a question. Whoever comes after the grace costs one
// more, which looks for a late retry, and a late retry a third, which notes it. Who
// logs out looks first, marks the session's end, and only then blacklists its newest
// token.
func (v *live) counted(t *testing.T) {
	if v.kind == "sqlite" {
		return // nothing goes over a wire
	}
	p := v.project(t, djangotest.Project{Release: "5.5"})
	proxy := djangotest.NewProxy(t, v.server.Port)
	s := open(t, p, func(s *Store) { s.DSN = proxy.URL(s.DSN) })
	token, other := signIn(t, p, "ann"), signIn(t, p, "ann")
	ctx := context.Background()
	users := store.UserChecks{Exists: true, Active: true}
	// The first connects and looks at the tables. pgx tries a connection that it
	// has not used for a second, which costs the second one another trip.
	for range 2 {
		if _, err := s.Check(ctx, &store.Check{Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		what  string
		trips int64
		do    func() error
	}{
		{"Check", 1, func() error { _, err := s.Check(ctx, &store.Check{Token: token, Users: users}); return err }},
		{"Spend, won", 1, func() error {
			r := spending(token, time.Hour)
			r.Users = users
			a, err := s.Spend(ctx, r)
			want(t, "Spend", a, err, store.Rotated)
			return err
		}},
		{"Spend, replayed", 1, func() error {
			a, err := s.Spend(ctx, spending(token, time.Hour))
			want(t, "Spend", a, err, store.Replayed)
			return err
		}},
		{"Spend, reused", 1, func() error { _, err := s.Spend(ctx, spending(token, 0)); return err }},
		{"Spend, reused after a grace", 2, func() error {
			a, err := s.Spend(ctx, spending(token, time.Nanosecond))
			want(t, "Spend", a, err, store.Reused)
			return err
		}},
		{"Spend, late", 3, func() error {
			r := spending(token, time.Nanosecond)
			r.LateRetry = time.Hour
			a, err := s.Spend(ctx, r)
			want(t, "Spend", a, err, store.Replayed)
			return err
		}},
		{"Spend of a token unknown to Django", 2, func() error {
			a, err := s.Spend(ctx, spending(signFor(t, p, "unknown"), 0))
			want(t, "Spend", a, err, store.Rotated)
			return err
		}},
		{"Revoke", 3, func() error { _, err := s.Revoke(ctx, &store.Revocation{Token: other}); return err }},
	} {
		before := proxy.Trips()
		if err := tc.do(); err != nil {
			t.Fatal(err)
		}
		if got := proxy.Trips() - before; got != tc.trips {
			t.Errorf("%s takes %d round trips, want %d", tc.what, got, tc.trips)
		}
	}
}
