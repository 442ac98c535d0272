// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// engine is what differs between the databases. All statements run on the
// connection given and leave no transaction open on it, or fail.
type engine interface {
	dialect

	// connector returns the maker of connections; it does not connect.
	connector() (driver.Connector, error)

	// hasPassword reports whether the URL holds a secret.
	hasPassword() bool

	// secrets are what files beside the URL add: certificates, keys, passwords. They
	// part connections, and are never shown.
	secrets() string

	// identity names the database, without the user who logs in and how.
	identity() string

	// location names the database for traces. schema is empty for the connection's own.
	location(schema string) store.Location

	// columns lists the columns of the user table.
	columns(ctx context.Context, c *sql.Conn, n *names) ([]column, error)

	// tailored reports whether the database sorts hex digits otherwise than as
	// bytes, so that an index cannot find a session's newest row.
	tailored(ctx context.Context, c *sql.Conn, n *names) (bool, error)

	// claim blacklists q's token if it is free and its user passes, writes the rows
	// that belong to it, and reports whether it did. The facts are those just before
	// the write.
	claim(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (facts, bool, error)

	// pair writes a pair of rows unless there is one, and reports whether it did.
	pair(ctx context.Context, c *sql.Conn, l *layout, p *pair) (bool, error)

	// tryWrite fails if rows cannot be written. It writes none.
	tryWrite(ctx context.Context, c *sql.Conn, l *layout) error

	// cutOff blacklists a user's outstanding tokens. done is false if another writer
	// came in between, so that there may be new ones.
	cutOff(ctx context.Context, c *sql.Conn, l *layout, user any) (n int64, done bool, err error)

	// server and find are for an inspection: server describes the database and its
	// user, find the columns of a table and the rights to them. They write nothing.
	server(ctx context.Context, c *sql.Conn) (server, error)
	find(ctx context.Context, c *sql.Conn, schema string, n *need) (found, error)

	// cures are what an operator can do about TLS.
	cures() *tlsclient.Cures

	// fault says what an error of the driver means.
	fault(err error) fault
}

// dialect is how a database wants its statements written.
type dialect interface {
	// quote makes an identifier of a name.
	quote(name string) string

	// placeholder stands for the n-th parameter, counted from 1.
	placeholder(n int, cast string) string

	// nowText, spentText and utcText are expressions that give times as text: the
	// clock, blacklisted_at, and the other columns.
	nowText() part
	spentText(column string) part
	utcText(column string, z zone) part

	// spentZone is the zone that spentText gives times in.
	spentZone(z zone) zone

	// spentNow, utcNow and utcValue are expressions of a column's own type: now
	// for blacklisted_at, now for created_at, and a time given as text.
	spentNow(z zone) part
	utcNow(z zone) part
	utcValue(text string, z zone) part

	// marked is a condition: the user's password has this mark.
	marked(column, mark string) part

	// within is a condition: the column is in the span, byte for byte. descending
	// orders by the column, the last one first. An index has to serve both.
	within(column string, s span) part
	descending() string

	// keyKind is what a column of the user table holds.
	keyKind(c column) keyKind
}

// column is a column of the user table.
type column struct {
	name, typ string
	primary   bool
}

// question asks about one token, with its session and its user.
type question struct {
	jti    string
	place  store.Place
	late   bool // read the rows of late retries
	user   any  // nil matches nobody
	checks store.UserChecks
	barred bool // the user's id cannot be a key
}

// asked reports whether any check of the user is asked for.
func (q *question) asked() bool { return q.checks.Exists || q.checks.Active || q.checks.Password }

// writes are the rows that go with a token's blacklisting.
type writes struct {
	// token is the row of the token itself, if Django has none. owned says that the
	// row names the user and the time, as in SimpleJWT 5.4 and later.
	token     *store.Issued
	owned     bool
	successor *store.Issued

	// force blacklists the token even if it was rotated or its session ended.
	force bool
}
