// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// A winner costs one round trip, and so does a repeat, once the server knows
// the script.
func TestRoundTrips(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	s := anotherEdge(t, &Store{Addresses: []string{proxy.Addr}, Timeout: patient})
	redistest.Eventually(t, "all connections are made and inspected", func() bool {
		before := proxy.Trips()
		for range 20 {
			mustSpend(t, s, login(), store.Rotated)
		}
		return proxy.Trips() == before+20
	})
	const n = 200
	// The watch speaks too, once in ten seconds: then they are counted again.
	redistest.Eventually(t, "200 operations take 200 round trips", func() bool {
		before := proxy.Trips()
		for range n / 2 {
			token := login()
			mustSpend(t, s, token, store.Rotated)
			mustSpend(t, s, token, store.Replayed)
		}
		return proxy.Trips()-before == n
	})
}

// Sentinel promotes the replica after the master has died: the store follows
// it, and what the replica had is still known.
func TestSentinelFailover(t *testing.T) {
	master := redistest.Start(t)
	replica := redistest.StartReplica(t, master)
	sentinel := redistest.StartSentinel(t, master)
	s := open(t, &Store{Addresses: []string{sentinel.Addr}, SentinelMaster: redistest.MasterName})
	healthy(t, s)
	token := login()
	mustSpend(t, s, token, store.Rotated)
	redistest.Eventually(t, "the replica has the record", func() bool {
		return replica.Try("EXISTS", s.sessionKey("shop", store.Locate(token.JTI))) == "1"
	})
	master.Stop()
	wantFault(t, s, login(), "")
	healthy(t, s)
	if !strings.Contains(replica.Do("INFO", "replication"), "role:master") {
		t.Error("the store is healthy though the replica was not promoted")
	}
	a, err := s.Spend(t.Context(), spending(token, 0))
	if err != nil || a.Verdict != store.Reused {
		t.Errorf("Spend of a token spent before the failover = %v, %v; want reused", a.Verdict, err)
	}
}

// The master hands over while it lives on as a replica: nothing is answered by
// it from then on.
func TestSentinelHandover(t *testing.T) {
	master := redistest.Start(t)
	replica := redistest.StartReplica(t, master)
	sentinel := redistest.StartSentinel(t, master)
	s := open(t, &Store{Addresses: []string{sentinel.Addr}, SentinelMaster: redistest.MasterName})
	healthy(t, s)
	sentinel.Do("SENTINEL", "failover", redistest.MasterName)
	replica.Eventually("the roles have changed", func() bool {
		return strings.Contains(replica.Try("INFO", "replication"), "role:master") &&
			strings.Contains(master.Try("INFO", "replication"), "role:slave")
	})
	healthy(t, s)
	token := login()
	redistest.Eventually(t, "the new master is written to", func() bool {
		_, err := s.Spend(t.Context(), spending(token, time.Hour))
		return err == nil && replica.Try("EXISTS", s.sessionKey("shop", store.Locate(token.JTI))) == "1"
	})
}

// A slot that moves to another node answers ASK, then MOVED: tokens are spent
// once all the while.
func TestClusterMigration(t *testing.T) {
	nodes := redistest.StartCluster(t, 3)
	s := open(t, &Store{Addresses: []string{nodes[2].Addr}, Cluster: true})
	redistest.Eventually(t, "all shards answer", func() bool { return s.Status(t.Context()).Up })
	token := login()
	mustSpend(t, s, token, store.Rotated)
	key := s.sessionKey("shop", store.Locate(token.JTI))
	slot := nodes[0].Do("CLUSTER", "KEYSLOT", key)
	var from, to *redistest.Server
	for _, n := range nodes {
		if n.Try("EXISTS", key) == "1" {
			from = n
		} else {
			to = n
		}
	}
	fromID, toID := from.Do("CLUSTER", "MYID"), to.Do("CLUSTER", "MYID")
	to.Do("CLUSTER", "SETSLOT", slot, "IMPORTING", fromID)
	from.Do("CLUSTER", "SETSLOT", slot, "MIGRATING", toID)
	from.Do("MIGRATE", "127.0.0.1", to.Port, key, "0", "5000")
	// The token moved, its successor never was: TRYAGAIN or ASK, never a yes.
	if a, err := s.Spend(t.Context(), spending(token, 0)); err == nil && a.Verdict != store.Reused {
		t.Errorf("Spend while the slot moves = %v", a.Verdict)
	}
	to.Do("CLUSTER", "SETSLOT", slot, "NODE", toID)
	from.Do("CLUSTER", "SETSLOT", slot, "NODE", toID)
	a, err := s.Spend(t.Context(), spending(token, 0)) // MOVED
	if err != nil || a.Verdict != store.Reused {
		t.Errorf("Spend after the slot has moved = %v, %v; want reused", a.Verdict, err)
	}
}

// One master of three dies: its sessions get an error, the others go on, and
// all is well when it is back.
func TestClusterShardDown(t *testing.T) {
	nodes := redistest.StartCluster(t, 3, "--cluster-require-full-coverage", "no")
	s := open(t, &Store{Addresses: []string{nodes[0].Addr, nodes[1].Addr}, Cluster: true})
	redistest.Eventually(t, "all shards answer", func() bool { return s.Status(t.Context()).Up })
	nodes[2].Stop()
	good, bad := 0, 0
	for range 60 {
		token := login()
		token.User = store.User{}
		if _, err := s.Spend(t.Context(), spending(token, 0)); err != nil {
			bad++
		} else {
			good++
		}
	}
	if good == 0 || bad == 0 {
		t.Errorf("%d sessions went on and %d failed, want some of both", good, bad)
	}
	if s.Status(t.Context()).Up {
		t.Error("Status says that the store is up")
	}
	nodes[2].Launch()
	redistest.Eventually(t, "all shards answer again", func() bool { return s.Status(t.Context()).Up })
}

// A single server is a cluster of one; a node of a cluster that is not named as
// one is told with the cure.
func TestWrongTopology(t *testing.T) {
	mustSpend(t, open(t, &Store{Addresses: []string{redistest.Start(t).Addr}, Cluster: true}), login(), store.Rotated)
	mustSpend(t, open(t, &Store{Addresses: []string{redistest.StartCluster(t, 1)[0].Addr}, Cluster: true}), login(), store.Rotated)
	wantFault(t, open(t, &Store{Addresses: []string{redistest.Start(t).Addr}, SentinelMaster: "tokens"}), login(), "")
	s := open(t, &Store{Addresses: []string{redistest.StartCluster(t, 3)[1].Addr}, Timeout: caddy.Duration(time.Second)})
	said := ""
	for range 60 {
		token := login()
		token.User = store.User{}
		if _, err := s.Spend(t.Context(), spending(token, 0)); err != nil {
			said = err.Error()
		}
	}
	if !strings.Contains(said, "add the line cluster") {
		t.Errorf("a cluster without the line cluster: %q", said)
	}
}
