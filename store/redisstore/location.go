// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"net"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Location implements store.Locator.
func (s *Store) Location() store.Location { return s.resource.link.location() }

// location names the server if it is the one that answers: a sentinel does not, and of
// a cluster any node may.
func (l *link) location() store.Location {
	at := store.Location{System: "redis", Namespace: strconv.Itoa(l.DB)}
	if l.Cluster || l.SentinelMaster != "" {
		return at
	}
	at.Address = l.Addresses[0]
	if host, port, err := net.SplitHostPort(at.Address); err == nil {
		at.Address = host
		at.Port, _ = strconv.Atoi(port) // was checked
	}
	return at
}

var _ store.Locator = (*Store)(nil)
