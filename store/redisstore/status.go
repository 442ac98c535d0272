// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Status implements store.Store. The store is up if its masters take a write now; in
// a cluster, several masters are asked. Redis removes records by itself and does not
// count those of a prefix.
func (s *Store) Status(ctx context.Context) store.Status {
	now, err := s.probeAll(ctx)
	status := store.Status{Kind: kind, Up: err == nil, Now: now, Entries: -1, Purged: -1, Eviction: store.Eviction(s.state.eviction.Load())}
	if f := s.state.fault.Load(); f != nil {
		status.LastError, status.LastErrorAt = f.text, f.at
	}
	if f := s.state.complaint.Load(); f != nil && err == nil {
		status.LastError, status.LastErrorAt = f.text, f.at
	}
	return status
}
