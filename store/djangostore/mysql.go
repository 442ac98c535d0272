// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// lockWait bounds how long the server lets a statement wait for a row that
// another transaction holds, in seconds; 1 is the least that it takes.
const lockWait = "1"

// mysqlEngine is MySQL 5.7 or later, or MariaDB. A transaction is one message of
// several statements, with the parameters written in by the driver.
type mysqlEngine struct {
	mysqlDialect
	config   *mysql.Config
	files    tlsclient.Digest
	password bool
}

func (m *mysqlEngine) connector() (driver.Connector, error) { return mysql.NewConnector(m.config) }

var mysqlCures = tlsclient.Cures{
	Authority:   "name the file with the authority's certificate as ssl-ca in the database's URL",
	Name:        "write the name of the certificate as host in the database's URL, or ssl-mode=VERIFY_CA",
	Certificate: "name the files of a certificate that it accepts as ssl-cert and ssl-key in the database's URL",
	Plain:       "look at the port in the database's URL",
}

func (*mysqlEngine) cures() *tlsclient.Cures { return &mysqlCures }

func (m *mysqlEngine) hasPassword() bool { return m.password }

func (m *mysqlEngine) secrets() string { return string(m.files[:]) }

// fault adds what a broken connection may mean: the driver hides what the server says
// of a client certificate in TLS 1.3.
func (m *mysqlEngine) fault(err error) fault {
	f := m.mysqlDialect.fault(err)
	if errors.Is(err, mysql.ErrInvalidConn) && m.config != nil && m.config.TLS != nil && m.config.TLS.Certificates != nil {
		f.text += "; a server that refuses the client certificate does so at each attempt: " + mysqlCures.Certificate
	}
	return f
}

// columns reads the catalogue, which shows the columns that the user may read.
func (m *mysqlEngine) columns(ctx context.Context, c *sql.Conn, n *names) ([]column, error) {
	return readColumns(ctx, c, "SELECT column_name, column_type, column_key = 'PRI' FROM information_schema.columns "+
		"WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ?", n.schema, n.users)
}

// tailored looks for collations that sort aa as a letter of its own: in Danish and
// Norwegian it is the last letter.
func (m *mysqlEngine) tailored(ctx context.Context, c *sql.Conn, n *names) (tailored bool, err error) {
	err = c.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM information_schema.columns WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE())"+
		" AND table_name = ? AND column_name = 'jti' AND collation_name REGEXP 'danish|norwegian|_da_|_nb_|_nn_'", n.schema, outstandingTable).Scan(&tailored)
	return tailored, err
}

// claim asks once more without a user if the server cannot read the id: MariaDB does
// not accept some UUIDs, and so has no user with that key.
func (m *mysqlEngine) claim(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (facts, bool, error) {
	f, won, err := m.claimOnce(ctx, c, l, q, w)
	if q.user != nil && impossible(err) {
		q.user = nil
		return m.claimOnce(ctx, c, l, q, w)
	}
	return f, won, err
}

// claimOnce is one message. READ COMMITTED takes no locks for reads. If another
// transaction inserts the same row first, ours fails and is rolled back. So if
// nothing failed and the token was free, we have won. ROW_COUNT does not tell:
// MariaDB goes on with a message whose client is gone, and then ROW_COUNT is wrong.
//
// The successor's row comes first. A transaction that waits for the token's row locks
// the gap beside it, where the successor belongs, and a deadlock would hit Django,
// which does not try again.
func (m *mysqlEngine) claimOnce(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (f facts, won bool, err error) {
	const one = " FROM (SELECT 1 AS one) AS one"
	b := &query{d: m}
	b.add(begin)
	l.selectFacts(b, q)
	l.from(b, q)
	b.add("; SELECT ")
	l.free(b, q, w)
	if w.token == nil {
		b.add(" AND r.id IS NOT NULL")
	}
	b.add(", r.id INTO @caddyrefresh, @caddyrefresh_token")
	l.from(b, q)
	if w.successor != nil {
		b.add("; ")
		l.insertSuccessor(b, w, "u."+l.userKey)
		b.add(one)
		l.joinUser(b, q)
		b.add(" WHERE @caddyrefresh = 1")
	}
	if w.token != nil {
		b.add("; ")
		l.insertToken(b, q, w, "u."+l.userKey)
		b.add(one)
		l.joinUser(b, q)
		b.add(" WHERE @caddyrefresh = 1 AND @caddyrefresh_token IS NULL; SELECT r.id INTO @caddyrefresh_token", one,
			" LEFT JOIN ", l.outstanding, " AS r ON r.jti = ", text(q.jti))
	}
	// If the token was flushed meanwhile, this fails.
	b.add("; INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) SELECT @caddyrefresh_token, ", m.spentNow(l.zone), one,
		" WHERE @caddyrefresh = 1; COMMIT; SELECT @caddyrefresh = 1")
	err = m.transact(ctx, c, b, func(rows *sql.Rows, set int) error {
		if set == 0 {
			return f.scan(rows, l, q)
		}
		return rows.Scan(&won)
	})
	return f, won, err
}

const begin = "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; START TRANSACTION; "

// pair is one message. If another transaction wrote the same pair first, it fails and
// is tried again.
func (m *mysqlEngine) pair(ctx context.Context, c *sql.Conn, l *layout, p *pair) (won bool, err error) {
	b := &query{d: m}
	b.add(begin, "SELECT ", l.fits(p), " INTO @caddyrefresh; ")
	l.insertPair(b, p, "@caddyrefresh = 1")
	b.add("; ")
	l.insertPairEnd(b, l.outstanding, " WHERE p.jti = ", text(p.jti), " AND @caddyrefresh = 1")
	b.add("; COMMIT; SELECT @caddyrefresh = 1")
	err = m.transact(ctx, c, b, func(rows *sql.Rows, _ int) error { return rows.Scan(&won) })
	return won, err
}

func (*mysqlEngine) tryWrite(ctx context.Context, c *sql.Conn, l *layout) error {
	return l.insertNothing(ctx, c)
}

// cutOff blacklists all tokens that it finds. If another transaction blacklisted one
// of them first, it fails and is tried again.
func (m *mysqlEngine) cutOff(ctx context.Context, c *sql.Conn, l *layout, user any) (n int64, done bool, err error) {
	b := &query{d: m}
	b.add(begin, "INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) ")
	l.unspent(b, user, ", ", m.spentNow(l.zone))
	b.add("; SET @caddyrefresh = ROW_COUNT(); COMMIT; SELECT @caddyrefresh")
	err = m.transact(ctx, c, b, func(rows *sql.Rows, _ int) error { return rows.Scan(&n) })
	if impossible(err) {
		return 0, true, nil
	}
	return n, true, err
}

// transact sends a transaction and reads the first row of each of its results. The
// last one comes after COMMIT. If the transaction fails, it is rolled back.
func (m *mysqlEngine) transact(ctx context.Context, c *sql.Conn, b *query, read func(rows *sql.Rows, set int) error) error {
	err := readSets(ctx, c, b, read)
	if err == nil {
		return nil
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if ctx.Err() != nil {
		drop(c) // the server rolls it back
	} else if _, rollback := c.ExecContext(bounded, "ROLLBACK"); rollback != nil {
		drop(c)
	}
	return err
}

func readSets(ctx context.Context, c *sql.Conn, b *query, read func(rows *sql.Rows, set int) error) error {
	rows, err := c.QueryContext(ctx, b.String(), b.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for set := 0; ; set++ {
		if !rows.Next() {
			return errors.Join(rows.Err(), errSets)
		}
		if err := read(rows, set); err != nil {
			return err
		}
		if !rows.NextResultSet() {
			return rows.Err()
		}
	}
}

var errSets = &setupError{"the server left out a part of its answer"}
