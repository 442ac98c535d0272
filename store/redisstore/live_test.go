// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
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
	provision(t, s)
	r := newResource(s.resource.link)
	s.resource.detach(s)
	s.resource = r
	r.attach(s)
	t.Cleanup(func() { r.Destruct() })
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

// healthy waits until tokens can be spent again.
func healthy(t testing.TB, s *Store) {
	t.Helper()
	redistest.Eventually(t, "the store is healthy", func() bool {
		a, err := s.Spend(t.Context(), spending(login(), 0))
		return err == nil && a.Verdict == store.Rotated
	})
}

// patient is a timeout that a busy machine keeps to.
const patient = caddy.Duration(5 * time.Second)

func TestSuiteStandalone(t *testing.T) {
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		prefix := fmt.Sprintf("suite%d", drawn.Add(1))
		return storetest.Opener{
			Open: func(t *testing.T) store.Store {
				return anotherEdge(t, &Store{Addresses: []string{server.Addr}, KeyPrefix: prefix, Timeout: patient})
			},
			Forget: func(t *testing.T, name, jti string) {
				s := Store{prefix: prefix}
				server.Do("DEL", s.sessionKey(name, store.Locate(jti)))
			},
		}
	})
}

func TestSuiteCluster(t *testing.T) {
	nodes := redistest.StartCluster(t, 3)
	var addresses []string
	for _, n := range nodes {
		addresses = append(addresses, n.Addr)
	}
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		prefix := fmt.Sprintf("suite%d", drawn.Add(1))
		return storetest.Opener{
			Open: func(t *testing.T) store.Store {
				return anotherEdge(t, &Store{Addresses: addresses, Cluster: true, KeyPrefix: prefix, Timeout: patient})
			},
			Forget: func(t *testing.T, name, jti string) {
				s := Store{prefix: prefix}
				nodes[0].Do("-c", "DEL", s.sessionKey(name, store.Locate(jti)))
			},
		}
	})
}
