// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// observed is open with what the store logs as errors.
func observed(t *testing.T, s *Store) (*Store, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zap.ErrorLevel)
	open(t, s)
	s.resource.mu.Lock() // of which watch reads the stores
	s.logger = zap.New(core)
	s.resource.mu.Unlock()
	return s, logs
}

// Status says that the store is up exactly where a token could be spent.
func TestUpTells(t *testing.T) {
	master := redistest.Start(t)
	for name, c := range map[string]struct{ wrong, right []string }{
		"out of memory": {[]string{"CONFIG", "SET", "maxmemory", "1"}, []string{"CONFIG", "SET", "maxmemory", "0"}},
		"a replica":     {[]string{"REPLICAOF", "127.0.0.1", master.Port}, []string{"REPLICAOF", "NO", "ONE"}},
		"no replicas":   {[]string{"CONFIG", "SET", "min-replicas-to-write", "1"}, []string{"CONFIG", "SET", "min-replicas-to-write", "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			s := open(t, &Store{Addresses: []string{server.Addr}})
			healthy(t, s)
			server.Do(c.wrong...)
			redistest.Eventually(t, "the store is down", func() bool { return !s.Status(t.Context()).Up })
			if _, err := s.Spend(t.Context(), spending(login(), 0)); err == nil {
				t.Error("a token can be spent while Status says that the store is down")
			}
			if status := s.Status(t.Context()); status.Up || status.LastError == "" {
				t.Errorf("Status = %+v, want it down, with an error", status)
			}
			server.Do(c.right...)
			redistest.Eventually(t, "the store is up", func() bool { return s.Status(t.Context()).Up })
			healthy(t, s)
		})
	}
}

// A wrong password is in the status before anybody has refreshed.
func TestWrongFromTheStart(t *testing.T) {
	server := redistest.Start(t, "--requirepass", "another")
	s, logs := observed(t, &Store{Addresses: []string{server.Addr}, Password: secret})
	redistest.Eventually(t, "it was logged", func() bool { return logs.FilterMessageSnippet("cannot be reached").Len() == 1 })
	if status := s.Status(t.Context()); status.Up || !strings.Contains(status.LastError, "look at username and password") {
		t.Errorf("Status = %+v, want it down for the password", status)
	}
}

// Servers that may evict are complained of, once to every store that uses them,
// those that come later included, also where the policy is changed by and by.
func TestEvictionPolicy(t *testing.T) {
	server := redistest.Start(t)
	s, logs := observed(t, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	healthy(t, s)
	wantComplaint := func(s *Store, policy string) {
		t.Helper()
		redistest.Eventually(t, "the status has the policy "+policy, func() bool {
			status := s.Status(t.Context())
			return status.Up && status.Eviction == store.MayEvict && strings.Contains(status.LastError, "maxmemory-policy of "+server.Addr+" is "+policy)
		})
	}
	complaints := func() int { return logs.FilterMessageSnippet("noeviction").Len() }
	if n := complaints(); n != 0 {
		t.Errorf("%d complaints of a server that does not evict", n)
	}
	server.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	wantComplaint(s, "allkeys-lru")
	late := &Store{Addresses: []string{server.Addr}, logger: s.logger, prefix: "late", timeout: s.timeout, state: newState(), resource: s.resource}
	s.resource.attach(late)
	defer s.resource.detach(late)
	wantComplaint(late, "allkeys-lru")
	if n := complaints(); n != 2 {
		t.Errorf("%d complaints to two stores, want one each", n)
	}
	server.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	redistest.Eventually(t, "the status has no complaint", func() bool { return s.Status(t.Context()).LastError == "" })
	if n := complaints(); n != 2 {
		t.Errorf("%d complaints in the end, want two", n)
	}
}

// Data that are gone are noticed, by a restart without them as by FLUSHALL, and
// said once. A restart that keeps them says nothing.
func TestLostData(t *testing.T) {
	for name, c := range map[string]struct {
		settings []string
		lose     func(*redistest.Server)
		want     int
	}{
		"empty restart": {nil, func(s *redistest.Server) { s.Stop(); s.Launch() }, 1},
		"restart":       {[]string{"--appendonly", "yes", "--appendfsync", "always"}, func(s *redistest.Server) { s.Stop(); s.Launch() }, 0},
		"flushed":       {nil, func(s *redistest.Server) { s.Do("FLUSHALL") }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, c.settings...)
			s, logs := observed(t, &Store{Addresses: []string{server.Addr}, Timeout: patient})
			redistest.Eventually(t, "the store is up", func() bool { return s.Status(t.Context()).Up })
			c.lose(server)
			lost := func() int { return logs.FilterMessageSnippet("has lost its data").Len() }
			if c.want > 0 { // the watch sees it, without a question
				redistest.Eventually(t, "it was logged", func() bool { return lost() > 0 })
			}
			healthy(t, s)
			status := s.Status(t.Context())
			if n := lost(); n != c.want {
				t.Errorf("logged %d times that data were lost, want %d", n, c.want)
			}
			if !status.Up || strings.Contains(status.LastError, "has lost its data") != (c.want > 0) {
				t.Errorf("Status = %+v", status)
			}
		})
	}
}

// An edge that meets another layout answers 503, says so once, and touches
// nothing; once the other one is gone, it works.
func TestAnotherLayout(t *testing.T) {
	server := redistest.Start(t)
	server.Do("SET", "token_refresh:{0}:layout", "2 abc")
	s, logs := observed(t, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	for range 3 {
		wantFault(t, s, login(), "layout")
		if _, err := s.Revoke(t.Context(), &store.Revocation{Token: login()}); !errors.Is(err, store.ErrLayout) {
			t.Errorf("Revoke: %v, want ErrLayout", err)
		}
	}
	if keys := server.Do("KEYS", "*"); keys != "token_refresh:{0}:layout" {
		t.Errorf("the server holds the keys %q now", keys)
	}
	if n := logs.FilterMessageSnippet("layout").Len(); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
	server.Do("DEL", "token_refresh:{0}:layout")
	healthy(t, s)
	if text := server.Do("GET", "token_refresh:{0}:layout"); !strings.HasPrefix(text, "1 ") {
		t.Errorf("the layout is %q, want 1", text)
	}
	// Another release comes later: the watch sees it.
	server.Do("SET", "token_refresh:{0}:layout", "2 abc")
	redistest.Eventually(t, "the store refuses", func() bool {
		_, err := s.Spend(t.Context(), spending(login(), 0))
		return errors.Is(err, store.ErrLayout)
	})
}

// One master of a cluster hangs: sessions on the others go on without delay, as
// many as come.
func TestClusterShardHangs(t *testing.T) {
	nodes := redistest.StartCluster(t, 3, "--cluster-node-timeout", "60000")
	s := open(t, &Store{Addresses: []string{nodes[0].Addr, nodes[1].Addr}, Cluster: true, Timeout: caddy.Duration(2 * time.Second)})
	redistest.Eventually(t, "all shards answer", func() bool { return s.Status(t.Context()).Up })
	nodes[2].Pause()
	defer nodes[2].Resume()
	// Which sessions lie there is known by their slots, the last third. In the
	// lane where that begins, sessions may wait for one another.
	const begins, width = clusterSlots * 2 / 3, clusterSlots / clusterLanes
	for end := time.Now().Add(6 * time.Second); time.Now().Before(end); {
		var there, elsewhere []error
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				token := login()
				token.User = store.User{}
				get := (*s.resource.ready.Load()).B().Get().Key(s.sessionKey("shop", store.Locate(token.JTI))).Build()
				_, err := s.Spend(t.Context(), spending(token, 0))
				mu.Lock()
				defer mu.Unlock()
				if slot := int(get.Slot()); slot >= begins {
					there = append(there, err)
				} else if slot < begins-width {
					elsewhere = append(elsewhere, err)
				}
			})
		}
		wg.Wait()
		if slices.Contains(there, nil) {
			t.Error("a token was spent on a master that hangs")
		}
		if err := errors.Join(elsewhere...); err != nil {
			t.Errorf("%d tokens elsewhere, one of them or more: %v", len(elsewhere), err)
			break
		}
	}
	nodes[2].Resume()
	redistest.Eventually(t, "all shards answer again", func() bool { return s.Status(t.Context()).Up })
	healthy(t, s)
}
