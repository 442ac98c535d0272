// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// probes are tokens that nobody has, one for each part of a cluster that has up
// to about a dozen masters: their slots lie spread over it.
var probes = [...]string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "a", "b", "c", "d", "e", "f"}

// Status implements store.Store. The store is up where its masters would let a
// token be spent; of a cluster, several are asked. Redis removes records by
// itself and does not count those of a prefix.
func (s *Store) Status(ctx context.Context) store.Status {
	status := store.Status{Kind: kind, Up: true, Entries: -1, Purged: -1}
	asked := probes[:1]
	if s.resource.link.Cluster {
		asked = probes[:]
	}
	for _, probe := range asked {
		t := store.Token{JTI: "status-" + probe}
		facts, err := s.ask(ctx, checkScript, "", &t, store.Successor(t.JTI), nil)
		if err != nil {
			status.Up = false
			break
		}
		status.Now = facts.Now
	}
	if f := s.lastFault.Load(); f != nil {
		status.LastError, status.LastErrorAt = f.text, f.at
	}
	return status
}
