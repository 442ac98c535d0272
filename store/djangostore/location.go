// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"cmp"
	"net"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Location implements store.Locator.
func (s *Store) Location() store.Location { return s.pool.engine.location(s.names.schema) }

func (p *postgres) location(schema string) store.Location {
	at := store.Location{System: "postgresql", Namespace: p.config.Database, Address: p.config.Host, Port: int(p.config.Port)}
	if schema != "" {
		at.Namespace += "|" + schema
	}
	for _, other := range p.config.Fallbacks { // the same server without TLS, or others
		if other.Host != p.config.Host || other.Port != p.config.Port {
			at.Address, at.Port = "", 0
		}
	}
	return at
}

// location takes MariaDB for MySQL: only a connection tells which of the two it is.
func (m *mysqlEngine) location(schema string) store.Location {
	at := store.Location{System: "mysql", Namespace: cmp.Or(schema, m.config.DBName), Address: m.config.Addr}
	if host, port, err := net.SplitHostPort(m.config.Addr); err == nil {
		at.Address = host
		at.Port, _ = strconv.Atoi(port) // was checked
	}
	return at
}

func (s *sqlite) location(string) store.Location {
	return store.Location{System: "sqlite", Namespace: s.path}
}

var _ store.Locator = (*Store)(nil)
