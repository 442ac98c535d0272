// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
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
	"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni", "sslnegotiation", "host", "port", "service", "passfile",
	"application_name", "options", "search_path", "target_session_attrs", "channel_binding",
}

// postgresIgnored are options of libpq, psycopg and Django without effect.
var postgresIgnored = map[string]string{
	"client_encoding":     "the edge speaks UTF-8",
	"connect_timeout":     "the edge gives a connection 5s",
	"cursor_factory":      "it is psycopg's own",
	"isolation_level":     "each statement of the edge is atomic at any level",
	"keepalives":          "TCP keep-alive is on, and timeout of the store bounds each request",
	"keepalives_count":    "TCP keep-alive is on, and timeout of the store bounds each request",
	"keepalives_idle":     "TCP keep-alive is on, and timeout of the store bounds each request",
	"keepalives_interval": "TCP keep-alive is on, and timeout of the store bounds each request",
	"pool":                "the edge has a pool of its own: max_connections of the store says how large",
	"prepare_threshold":   "the edge prepares no statements",
	"server_side_binding": "the edge binds parameters on the server in any case",
	"tcp_user_timeout":    "TCP keep-alive is on, and timeout of the store bounds each request",
	"timeout":             "write it as timeout of the store",
}

func newPostgres(a *address) (engine, error) {
	settings := map[string]string{
		"host": strings.Join(a.hosts, ","), "port": strings.Join(a.ports, ","),
		"user": a.user, "password": a.password, "database": a.name,
		// A standby answers questions from what may be old.
		"target_session_attrs": "read-write",
	}
	if strings.Trim(settings["port"], ",") == "" {
		delete(settings, "port")
	}
	for _, name := range postgresOptions {
		if v := a.option(name); v != "" {
			settings[name] = v
		}
	}
	// dj-database-url makes a search_path of it, and so does JDBC.
	if schema := a.option("currentSchema"); schema != "" {
		settings["search_path"] = schema
	}
	if role := a.option("assume_role"); role != "" {
		settings["role"] = role
	}
	a.ignore(postgresIgnored)
	if err := a.leftOver(strings.Join(postgresOptions, ", ") + ", currentSchema and assume_role"); err != nil {
		return nil, err
	}
	if a.name == "" && settings["service"] == "" {
		return nil, errDSN
	}
	config, err := pgx.ParseConfig(conninfo(settings))
	if err != nil {
		return nil, errors.New("store django: the options of the PostgreSQL URL cannot be used: look at sslmode, " +
			"the files that sslrootcert, sslcert and sslkey name, and the service that service names")
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

// conninfo writes settings as keywords with quoted values, in which nothing has a
// second meaning; in a URL a space is one of two things.
func conninfo(settings map[string]string) string {
	var b strings.Builder
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	for name, value := range settings {
		if value != "" {
			b.WriteString(name + "='" + quoted.Replace(value) + "' ")
		}
	}
	return b.String()
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

func (*postgres) tailored(context.Context, *sql.Conn, *names) (bool, error) { return false, nil }

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

// pair is one statement.
func (p *postgres) pair(ctx context.Context, c *sql.Conn, l *layout, row *pair) (won bool, err error) {
	b := &query{d: p}
	b.add("WITH n AS (")
	l.insertPair(b, row)
	b.add(" ON CONFLICT (jti) DO NOTHING RETURNING id), nb AS (")
	l.insertPairEnd(b, "n")
	b.add(" RETURNING 1) SELECT EXISTS (SELECT 1 FROM nb)")
	err = c.QueryRowContext(ctx, b.String(), b.args...).Scan(&won)
	return won, err
}

func (*postgres) tryWrite(ctx context.Context, c *sql.Conn, l *layout) error {
	return l.insertNothing(ctx, c)
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
