// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Identity implements store.Identifier: the database and the schema. The login and
// its options are left out, since they change no record.
func (s *Store) Identity() string {
	return s.pool.engine.identity() + " " + s.names.schema
}

func (e *postgres) identity() string {
	return "postgres " + strings.ToLower(e.config.Host) + " " + strconv.Itoa(int(e.config.Port)) + " " + e.config.Database
}

func (e *mysqlEngine) identity() string {
	return "mysql " + e.config.Net + " " + strings.ToLower(e.config.Addr) + " " + e.config.DBName
}

// identity follows links, if there are any.
func (s *sqlite) identity() string {
	if path, err := filepath.EvalSymlinks(s.path); err == nil {
		return "sqlite " + path
	}
	return "sqlite " + s.path
}

var _ store.Identifier = (*Store)(nil)
