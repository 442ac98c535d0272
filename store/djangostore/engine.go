// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// engine is what differs between the databases. All statements run on the
// connection given and leave no transaction open on it, or fail.
type engine interface {
	dialect

	// connector makes connections; it does not make one.
	connector() (driver.Connector, error)

	// hasPassword reports whether the URL holds a secret.
	hasPassword() bool

	// identity names the database, and neither who logs in nor how.
	identity() string

	// columns lists the columns of the user table.
	columns(ctx context.Context, c *sql.Conn, n *names) ([]column, error)

	// tailored reports whether the database sorts hex digits otherwise than as
	// bytes, so that an index cannot find a session's newest row.
	tailored(ctx context.Context, c *sql.Conn, n *names) (bool, error)

	// claim blacklists q's token if it is free and its user passes, writes the
	// rows that belong to it, and reports whether it did. The facts are those
	// just before.
	claim(ctx context.Context, c *sql.Conn, l *layout, q *question, w *writes) (facts, bool, error)

	// pair writes a pair of rows unless there is one, and reports whether it did.
	pair(ctx context.Context, c *sql.Conn, l *layout, p *pair) (bool, error)

	// tryWrite fails where rows cannot be written, and writes none.
	tryWrite(ctx context.Context, c *sql.Conn, l *layout) error

	// cutOff blacklists a user's outstanding tokens. Done is false where another
	// came in between, so that there may be new ones.
	cutOff(ctx context.Context, c *sql.Conn, l *layout, user any) (n int64, done bool, err error)

	// server and find are for an inspection: what the database is and who asks, and
	// what there is of a table. They write nothing.
	server(ctx context.Context, c *sql.Conn) (server, error)
	find(ctx context.Context, c *sql.Conn, schema string, n *need) (found, error)

	// fault says what an error of the driver means.
	fault(err error) fault
}

// dialect is how a database wants its statements written.
type dialect interface {
	// quote makes an identifier of a name.
	quote(name string) string

	// placeholder stands for the n-th parameter, counted from 1.
	placeholder(n int, cast string) string

	// nowText, spentText and utcText are expressions that are times as text, of
	// the clock, of blacklisted_at and of the other columns.
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

	// within is a condition: the column is in the span, byte for byte. Descending
	// orders by it, the last one first. An index has to serve both.
	within(column string, s span) part
	descending() string

	// keyKind is what a column of the user table holds.
	keyKind(c column) keyKind
}

// column is one of the user table's.
type column struct {
	name, typ string
	primary   bool
}

// question is one token to look up, with its session and its user.
type question struct {
	jti    string
	place  store.Place
	late   bool // late retries count
	user   any  // nil matches nobody
	checks store.UserChecks
	barred bool // the user's id is found to be none
}

// asked reports whether the user has a say.
func (q *question) asked() bool { return q.checks.Exists || q.checks.Active || q.checks.Password }

// writes are the rows that go with a token's blacklisting.
type writes struct {
	// token is the row of the token itself, where Django has none. Owned says
	// that it names the user and when it was made, as SimpleJWT 5.4 and later do.
	token     *store.Issued
	owned     bool
	successor *store.Issued

	// force blacklists the token though it was rotated, or its session ended.
	force bool
}
