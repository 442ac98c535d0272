// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"fmt"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// healthy waits until tokens can be spent again.
func healthy(t testing.TB, s *Store) {
	t.Helper()
	redistest.Eventually(t, "the store is healthy", func() bool {
		a, err := s.Spend(t.Context(), spending(login(), 0))
		return err == nil && a.Verdict == store.Rotated
	})
}

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
