// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"net/url"
	"time"

	sqlite3 "modernc.org/sqlite"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// sqlite is a file that Django runs on, on the same machine.
type sqlite struct {
	sqliteDialect
	path string

	// writer lets one goroutine at a time try for the file's lock: SQLite's own
	// waiting sleeps and polls.
	writer chan struct{}
}

// busyTimeout is how long SQLite itself waits for a lock. Longer waits are done here,
// since SQLite's do not heed the context.
const busyTimeout = "busy_timeout(10)"

// connector opens the file if it is there; an empty one in the wrong place would
// hide the mistake.
func (s *sqlite) connector() (driver.Connector, error) {
	u := url.URL{Scheme: "file", Path: s.path, RawQuery: "mode=rw&_pragma=" + busyTimeout + "&_pragma=foreign_keys(1)"}
	return sqlite3.NewConnector(u.String())
}

func (*sqlite) hasPassword() bool { return false }

func (*sqlite) cures() *tlsclient.Cures { return new(tlsclient.Cures) }

func (*sqlite) secrets() string { return "" }

func (s *sqlite) columns(ctx context.Context, c *sql.Conn, n *names) ([]column, error) {
	return readColumns(ctx, c, "SELECT name, type, pk = 1 AND 1 = (SELECT max(pk) FROM pragma_table_info(?1)) FROM pragma_table_info(?1)", n.users)
}

func (*sqlite) tailored(context.Context, *sql.Conn, *names) (bool, error) { return false, nil }

// claim decides under the file's write lock, which is exclusive.
func (s *sqlite) claim(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (f facts, won bool, err error) {
	err = s.transact(ctx, c, func() error {
		if f, err = l.look(ctx, c, q); err != nil {
			return err
		}
		won, err = s.write(ctx, c, l, q, w, &f)
		return err
	})
	return f, won && err == nil, err
}

func (s *sqlite) write(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes, f *facts) (bool, error) {
	user := f.userState(q, store.UserUnseen)
	switch {
	case f.spent, (f.newer || f.ended) && !w.force, q.barred, q.asked() && user != store.UserPasses, !f.known && w.token == nil:
		return false, nil
	}
	var b *query
	if !f.known {
		b = &query{d: s}
		l.insertToken(b, q, w, "u."+l.userKey)
		b.add(" FROM (SELECT 1 AS one) AS one")
		l.joinUser(b, q)
		if err := exec(ctx, c, b); err != nil {
			return false, err
		}
	}
	b = &query{d: s}
	b.add("INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) SELECT r.id, ", s.spentNow(l.zone),
		" FROM ", l.outstanding, " AS r WHERE r.jti = ", text(q.jti))
	if err := exec(ctx, c, b); err != nil || w.successor == nil {
		return true, err
	}
	b = &query{d: s}
	l.insertSuccessor(b, w, "u."+l.userKey)
	b.add(" FROM (SELECT 1 AS one) AS one")
	l.joinUser(b, q)
	return true, exec(ctx, c, b)
}

func exec(ctx context.Context, c *sql.Conn, b *query) error {
	_, err := c.ExecContext(ctx, b.String(), b.args...)
	return err
}

func (s *sqlite) cutOff(ctx context.Context, c *sql.Conn, l *layout, user any) (n int64, done bool, err error) {
	b := &query{d: s}
	b.add("INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) ")
	l.unspent(b, user, ", ", s.spentNow(l.zone))
	err = s.transact(ctx, c, func() error {
		result, err := c.ExecContext(ctx, b.String(), b.args...)
		if err != nil {
			return err
		}
		n, err = result.RowsAffected()
		return err
	})
	return n, true, err
}

func (s *sqlite) pair(ctx context.Context, c *sql.Conn, l *layout, p *pair) (won bool, err error) {
	b, end := &query{d: s}, &query{d: s}
	l.insertPair(b, p, l.fits(p))
	l.insertPairEnd(end, l.outstanding, " WHERE p.jti = ", text(p.jti))
	err = s.transact(ctx, c, func() error {
		result, err := c.ExecContext(ctx, b.String(), b.args...)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if won = n == 1; err != nil || !won {
			return err
		}
		return exec(ctx, c, end)
	})
	return won && err == nil, err
}

// tryWrite takes the write lock: a statement that changes nothing would pass on a
// file that is read-only.
func (s *sqlite) tryWrite(ctx context.Context, c *sql.Conn, l *layout) error {
	return s.transact(ctx, c, func() error { return l.insertNothing(ctx, c) })
}

// transact runs f under the write lock.
func (s *sqlite) transact(ctx context.Context, c *sql.Conn, f func() error) error {
	select {
	case s.writer <- struct{}{}:
		defer func() { <-s.writer }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := insist(ctx, c, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = insist(ctx, c, "COMMIT")
	}
	if err != nil {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if _, rollback := c.ExecContext(bounded, "ROLLBACK"); rollback != nil {
			drop(c)
		}
	}
	return err
}

// insist runs a statement that waits for a lock until it has it.
func insist(ctx context.Context, c *sql.Conn, statement string) error {
	for {
		_, err := c.ExecContext(ctx, statement)
		if err == nil || !busy(err) {
			return err
		}
		pause(ctx, 1)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
