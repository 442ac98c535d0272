// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// provision runs a store as Caddy would. A client of its own, not one from the
// pool, makes it another edge.
func provision(t testing.TB, s *Store) *Store {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	if err := s.Provision(ctx); err != nil {
		t.Fatalf("Provision: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Cleanup(); err != nil {
			t.Errorf("Cleanup: %v", err)
		}
	})
	return s
}

// anotherEdge is provision with connections of its own.
func anotherEdge(t testing.TB, s *Store) *Store {
	t.Helper()
	unwatched(t, s)
	s.resource.attach(s)
	s.resource.start()
	return s
}

// unwatched is anotherEdge of which the watch does not know, so that nobody but the
// test asks for the layout.
func unwatched(t testing.TB, s *Store) *Store {
	t.Helper()
	r := newResource(provision(t, s).resource.link)
	t.Cleanup(func() { r.Destruct() })
	return over(s, r)
}

// over gives a store other connections, of which the watch does not know it.
func over(s *Store, r *resource) *Store {
	s.resource.detach(s)
	s.resource = r
	return s
}

var drawn atomic.Int64

// login returns a token nobody has seen, of user 7.
func login() store.Token {
	now, n := time.Now().Unix(), drawn.Add(1)
	return store.Token{
		JTI: fmt.Sprintf("%04x%08x4%019x", n&0xffff, 0, n), IssuedAt: now - 60, ExpiresAt: now + 86400,
		User: store.User{ID: "7", Kind: store.IntegerUser},
	}
}

func spending(token store.Token, grace time.Duration) *store.Spend {
	now := time.Now().Unix()
	return &store.Spend{Name: "shop", Token: token, Grace: grace, Successor: store.Issued{
		JTI: store.Successor(token.JTI), IssuedAt: now, ExpiresAt: now + 86400,
	}}
}

func mustSpend(t testing.TB, s *Store, token store.Token, want store.Verdict) {
	t.Helper()
	a, err := s.Spend(t.Context(), spending(token, 10*time.Second))
	if err != nil || a.Verdict != want {
		t.Fatalf("Spend = %v, %v; want %v", a.Verdict, err, want)
	}
}

// patient is a timeout that a busy machine keeps to.
const patient = caddy.Duration(5 * time.Second)

func open(t *testing.T, s *Store) *Store {
	t.Helper()
	if s.Timeout == 0 {
		s.Timeout = caddy.Duration(500 * time.Millisecond)
	}
	return anotherEdge(t, s)
}
