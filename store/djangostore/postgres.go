// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// postgres is PostgreSQL 12 or later. A statement is sent with its parameters in one
// message and has no name, so that PgBouncer in transaction mode works.
type postgres struct {
	postgresDialect
	config   *pgx.ConnConfig
	beside   string
	password bool
}

func (p *postgres) connector() (driver.Connector, error) { return stdlib.GetConnector(*p.config), nil }

var postgresCures = tlsclient.Cures{
	Authority:   "name the file with the authority's certificate as sslrootcert in the database's URL",
	Name:        "write the name of the certificate as host in the database's URL, or sslmode=verify-ca",
	Certificate: "name the files of a certificate that it accepts as sslcert and sslkey in the database's URL",
	Plain:       "look at the port in the database's URL",
}

func (*postgres) cures() *tlsclient.Cures { return &postgresCures }

func (p *postgres) hasPassword() bool { return p.password }

func (p *postgres) secrets() string { return p.beside }

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

// claim is one statement. All its parts see the same snapshot, so it cannot see the
// blacklisted row of a faster transaction: only a row that it inserted itself proves
// that it won. The successor's row has no ON CONFLICT, so that an unexpected conflict
// rolls everything back.
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
	l.insertPair(b, row, l.fits(row))
	b.add(" ON CONFLICT (jti) DO NOTHING RETURNING id), nb AS (")
	l.insertPairEnd(b, "n")
	b.add(" RETURNING 1) SELECT EXISTS (SELECT 1 FROM nb)")
	err = c.QueryRowContext(ctx, b.String(), b.args...).Scan(&won)
	return won, err
}

func (*postgres) tryWrite(ctx context.Context, c *sql.Conn, l *layout) error {
	return l.insertNothing(ctx, c)
}

// cutOff counts the tokens that it found and those that it blacklisted. If they
// differ, another transaction was faster.
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
