// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgres is PostgreSQL 12 or later. Statements are sent with their parameters
// in one message and no name, so that a PgBouncer in transaction mode may sit in
// between.
type postgres struct {
	postgresDialect
	config   *pgx.ConnConfig
	password bool
}

// postgresOptions are libpq's, as far as they mean something here.
var postgresOptions = []string{
	"sslmode", "sslrootcert", "sslcert", "sslkey", "sslsni", "sslnegotiation", "host", "port",
	"application_name", "options", "search_path", "target_session_attrs", "channel_binding",
}

func newPostgres(a *address) (engine, error) {
	query := url.Values{}
	for _, name := range postgresOptions {
		if v := a.option(name); v != "" {
			query.Set(name, v)
		}
	}
	// Django and pools have options of their own, which change nothing here.
	a.option("connect_timeout")
	a.option("conn_max_age")
	if err := a.leftOver(strings.Join(postgresOptions, ", ")); err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "postgres", Path: "/" + a.name, Host: a.host}
	if a.port != "" {
		u.Host = net.JoinHostPort(a.host, a.port)
	} else if strings.Contains(a.host, ":") {
		u.Host = "[" + a.host + "]"
	}
	if strings.HasPrefix(a.host, "/") {
		u.Host = ""
		query.Set("host", a.host)
		if a.port != "" {
			query.Set("port", a.port)
		}
	}
	if a.user != "" {
		u.User = url.UserPassword(a.user, a.password)
	}
	if !query.Has("target_session_attrs") {
		// A standby answers questions from what may be old.
		query.Set("target_session_attrs", "read-write")
	}
	u.RawQuery = query.Encode()
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, errors.New("store django: the options of the PostgreSQL URL cannot be used: look at sslmode and the files that sslrootcert, sslcert and sslkey name")
	}
	if a.password != "" {
		config.Password = a.password
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	config.ConnectTimeout = connectTimeout
	if _, named := config.RuntimeParams["application_name"]; !named {
		config.RuntimeParams["application_name"] = "caddyrefresh"
	}
	raiseTLS(config.TLSConfig)
	for _, f := range config.Fallbacks {
		raiseTLS(f.TLSConfig)
	}
	return &postgres{config: config, password: a.password != ""}, nil
}

func raiseTLS(c *tls.Config) {
	if c != nil {
		c.MinVersion = tls.VersionTLS12
	}
}

func (p *postgres) connector() (driver.Connector, error) { return stdlib.GetConnector(*p.config), nil }

func (p *postgres) hasPassword() bool { return p.password }

// columns reads the catalogue, which needs no privilege.
func (p *postgres) columns(ctx context.Context, c *sql.Conn, n *names) ([]column, error) {
	return readColumns(ctx, c, `SELECT a.attname, t.typname,
 EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
 FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
 WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped`, qualify(p, n.schema, n.users))
}

func readColumns(ctx context.Context, c *sql.Conn, statement string, args ...any) ([]column, error) {
	rows, err := c.QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []column
	for rows.Next() {
		var col column
		if err := rows.Scan(&col.name, &col.typ, &col.primary); err != nil {
			return nil, err
		}
		all = append(all, col)
	}
	return all, rows.Err()
}

// claim is one statement. All its parts see one moment, so that nobody's row in
// the blacklisted table is seen who was faster: only a row of our own says that
// we have won. The successor's row has no ON CONFLICT, so that a surprise there
// takes everything back.
func (p *postgres) claim(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (facts, bool, error) {
	b := &query{d: p}
	b.add("WITH f AS (")
	l.selectFacts(b, q)
	b.add(", r.id AS r, u.", l.userKey, " AS u, (")
	l.free(b, q, w)
	b.add(") AS free")
	l.from(b, q)
	b.add(")")
	if w.token != nil {
		b.add(", nr AS (")
		l.insertToken(b, q, w, "f.u")
		b.add(" FROM f WHERE f.free AND f.r IS NULL ON CONFLICT (jti) DO NOTHING RETURNING id)")
	}
	b.add(", nb AS (INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) SELECT t.id, ", p.spentNow(l.zone),
		" FROM (SELECT f.r AS id FROM f WHERE f.free AND f.r IS NOT NULL")
	if w.token != nil {
		b.add(" UNION ALL SELECT nr.id FROM nr")
	}
	b.add(") AS t ON CONFLICT (token_id) DO NOTHING RETURNING token_id)")
	if w.successor != nil {
		b.add(", ns AS (")
		l.insertSuccessor(b, w, "f.u")
		b.add(" FROM f, nb)")
	}
	b.add(" SELECT ", factNames, ", EXISTS (SELECT 1 FROM nb) FROM f")
	var won bool
	f, err := l.one(ctx, c, b, q, &won)
	return f, won, err
}

// cutOff counts the tokens that it found and those that it blacklisted. A
// difference is somebody who was faster.
func (p *postgres) cutOff(ctx context.Context, c *sql.Conn, l *layout, user any) (n int64, done bool, err error) {
	b := &query{d: p}
	b.add("WITH c AS (")
	l.unspent(b, user)
	b.add("), n AS (INSERT INTO ", l.blacklisted, " (token_id, blacklisted_at) SELECT c.id, ", p.spentNow(l.zone),
		" FROM c ON CONFLICT (token_id) DO NOTHING RETURNING 1) SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM n)")
	var found int64
	err = c.QueryRowContext(ctx, b.String(), b.args...).Scan(&found, &n)
	return n, found == n, err
}
