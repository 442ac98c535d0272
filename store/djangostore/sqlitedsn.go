// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sqliteIgnored are options of Python's sqlite3, and of Django, without effect.
var sqliteIgnored = map[string]string{
	"cached_statements": "it is Python's own",
	"check_same_thread": "it is Python's own",
	"detect_types":      "it is Python's own",
	"init_command":      "the edge sets what its own statements need on each connection",
	"isolation_level":   "it is Python's own",
	"timeout":           "write it as timeout of the store",
	"transaction_mode":  "the edge takes the write lock first in any case",
}

// newSQLite takes what follows sqlite://. As with dj-database-url and django-environ,
// a path is absolute with four slashes: with three it is relative to where Django was
// started, which Caddy cannot know. A path after three slashes is accepted if the
// file exists below the root directory, as when an absolute path lost its first
// slash.
func newSQLite(a *address, rest string) (engine, error) {
	path, query, _ := strings.Cut(rest, "?")
	if a.parseOptions(query) != nil {
		return nil, errDSN
	}
	a.ignore(sqliteIgnored)
	if err := a.leftOver("none for SQLite"); err != nil {
		return nil, err
	}
	path = unquote(path)
	switch {
	case strings.ContainsAny(path, "?#\x00") || strings.Trim(path, "/") == "" || path[0] != '/':
		return nil, errSQLite
	case !strings.HasPrefix(path, "//") && !isFile(path):
		return nil, errors.New("store django: a path after three slashes is relative to where Django was started, which Caddy cannot know: " +
			"write four slashes and the absolute path, as in sqlite:////srv/app/db.sqlite3")
	}
	return &sqlite{
		sqliteDialect: sqliteDialect{now: time.Now},
		path:          filepath.Clean("/" + strings.TrimLeft(path, "/")), writer: make(chan struct{}, 1),
	}, nil
}

var errSQLite = errors.New("store django: the database's URL names no SQLite file: write four slashes and the absolute path, as in sqlite:////srv/app/db.sqlite3")

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}
