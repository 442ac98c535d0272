// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// lockWait bounds how long the server lets a statement wait for a row that
// another transaction holds, in seconds; 1 is the least that it takes.
const lockWait = "1"

// mysqlEngine is MySQL 5.7 or later, or MariaDB. A transaction is one message of
// several statements, with the parameters written in by the driver.
type mysqlEngine struct {
	mysqlDialect
	config   *mysql.Config
	password bool
}

// mysqlIgnored are options of MySQL's drivers for Python, and of Django, without
// effect.
var mysqlIgnored = map[string]string{
	"charset":            "the edge speaks utf8mb4",
	"collation":          "texts are compared as the tables' columns say",
	"compress":           "the edge does not compress",
	"connect_timeout":    "the edge gives a connection 5s",
	"connection_timeout": "the edge gives a connection 5s",
	"init_command":       "the edge sets what its own statements need on each connection",
	"isolation_level":    "transactions of the edge say themselves what they need",
	"read_timeout":       "write it as timeout of the store",
	"reconnect":          "the edge makes a new connection where one broke",
	"sql_mode":           "the edge's statements mean the same in every mode",
	"use_pure":           "it is Connector/Python's own",
	"use_unicode":        "the edge speaks utf8mb4",
	"write_timeout":      "write it as timeout of the store",
}

func newMySQL(a *address) (engine, error) {
	if len(a.hosts) != 1 || a.name == "" {
		return nil, errDSN
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = a.user, a.password, a.name
	c.Net, c.Addr = "tcp", net.JoinHostPort(orElse(a.hosts[0], "127.0.0.1"), orElse(a.ports[0], "3306"))
	if socket := orElse(a.option("unix_socket"), a.hosts[0]); strings.HasPrefix(socket, "/") {
		c.Net, c.Addr = "unix", socket
	}
	c.InterpolateParams, c.MultiStatements, c.ParseTime = true, true, false
	c.Timeout = connectTimeout
	c.Logger = &mysql.NopLogger{}
	c.Params = map[string]string{"innodb_lock_wait_timeout": lockWait}
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	if err := mysqlTLS(c, a); err != nil {
		return nil, err
	}
	a.ignore(mysqlIgnored)
	return &mysqlEngine{config: c, password: a.password != ""}, a.leftOver("unix_socket, ssl-mode and ssl-ca")
}

// mysqlTLS reads ssl-mode, by the names that MySQL's own clients use.
func mysqlTLS(c *mysql.Config, a *address) error {
	mode := strings.ToUpper(a.option("ssl-mode", "ssl_mode"))
	file := a.option("ssl-ca", "ssl_ca")
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if host, _, err := net.SplitHostPort(c.Addr); err == nil && c.Net == "tcp" {
		t.ServerName = host
	}
	if file != "" {
		pem, err := os.ReadFile(file)
		t.RootCAs = x509.NewCertPool()
		if err != nil || !t.RootCAs.AppendCertsFromPEM(pem) {
			return errors.New("store django: the file of ssl-ca in the database's URL cannot be read as PEM certificates")
		}
		mode = orElse(mode, "VERIFY_IDENTITY")
	}
	switch mode {
	case "", "DISABLED":
		return nil
	case "PREFERRED":
		c.AllowFallbackToPlaintext = true
		t.InsecureSkipVerify = true
	case "REQUIRED":
		t.InsecureSkipVerify = true // encrypted, to whomever: that is what the mode means
	case "VERIFY_CA", "VERIFY_IDENTITY":
	default:
		return errors.New("store django: ssl-mode in the database's URL is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY")
	}
	c.TLS = t
	return nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func (m *mysqlEngine) connector() (driver.Connector, error) { return mysql.NewConnector(m.config) }

func (m *mysqlEngine) hasPassword() bool { return m.password }

// columns reads the catalogue, which shows the columns that one may read.
func (m *mysqlEngine) columns(ctx context.Context, c *sql.Conn, n *names) ([]column, error) {
	return readColumns(ctx, c, "SELECT column_name, column_type, column_key = 'PRI' FROM information_schema.columns "+
		"WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ?", n.schema, n.users)
}

// tailored looks for collations that have an order of their own for aa: in Danish
// and Norwegian it is the last letter.
func (m *mysqlEngine) tailored(ctx context.Context, c *sql.Conn, n *names) (tailored bool, err error) {
	err = c.QueryRowContext(ctx, "SELECT COUNT(*) > 0 FROM information_schema.columns WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE())"+
		" AND table_name = ? AND column_name = 'jti' AND collation_name REGEXP 'danish|norwegian|_da_|_nb_|_nn_'", n.schema, outstandingTable).Scan(&tailored)
	return tailored, err
}

// claim is one message. READ COMMITTED takes no locks for what is read; another
// who inserts the same row first makes ours fail, and everything is taken back:
// where nothing failed and the token was free, we have won. ROW_COUNT is not
// asked: MariaDB goes on with a message whose client is gone, and then ROW_COUNT
// is wrong.
//
// The successor's row comes first. Who waits for the token's row locks the gap
// beside it, where the successor belongs, and a deadlock would hit Django, which
// does not try again.
func (m *mysqlEngine) claim(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (f facts, won bool, err error) {
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
	// A token that was flushed meanwhile makes this fail.
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

// pair is one message. Where another wrote the same pair first it fails, and is
// tried again.
func (m *mysqlEngine) pair(ctx context.Context, c *sql.Conn, l *layout, p *pair) (won bool, err error) {
	b := &query{d: m}
	b.add(begin)
	l.insertPair(b, p)
	b.add("; SET @caddyrefresh = ROW_COUNT(); ")
	l.insertPairEnd(b, l.outstanding, " WHERE p.jti = ", text(p.jti), " AND @caddyrefresh = 1")
	b.add("; COMMIT; SELECT @caddyrefresh = 1")
	err = m.transact(ctx, c, b, func(rows *sql.Rows, _ int) error { return rows.Scan(&won) })
	return won, err
}

func (*mysqlEngine) tryWrite(ctx context.Context, c *sql.Conn, l *layout) error {
	return l.insertNothing(ctx, c)
}

// cutOff blacklists all that it finds or, where another was faster with one of
// them, fails, and is tried again.
func (m *mysqlEngine) cutOff(ctx context.Context, c *sql.Conn, l *layout, user any) (n int64, done bool, err error) {
	b := &query{d: m}
	b.add(begin, "INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) ")
	l.unspent(b, user, ", ", m.spentNow(l.zone))
	b.add("; SET @caddyrefresh = ROW_COUNT(); COMMIT; SELECT @caddyrefresh")
	err = m.transact(ctx, c, b, func(rows *sql.Rows, _ int) error { return rows.Scan(&n) })
	return n, true, err
}

// transact sends a transaction and reads the first row of each of its results.
// The last one comes after COMMIT. Where it fails it is taken back.
func (m *mysqlEngine) transact(ctx context.Context, c *sql.Conn, b *query, read func(rows *sql.Rows, set int) error) error {
	err := readSets(ctx, c, b, read)
	if err == nil {
		return nil
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if ctx.Err() != nil {
		drop(c) // the server takes it back
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
