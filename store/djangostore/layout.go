// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// layout describes Django's tables as they were found, with every name quoted.
type layout struct {
	zone
	d                        dialect
	outstanding, blacklisted string
	users                    string
	userID, userKey          string // the column of user ids, and the primary key
	active, password         string
	tailored                 bool // engine.tailored
	kind                     keyKind
}

// layout returns the layout. The first request reads it from the database.
func (s *Store) layout(ctx context.Context, c *sql.Conn) (*layout, error) {
	if l := s.state.layout.Load(); l != nil {
		return l, nil
	}
	e, n := s.pool.engine, s.names
	columns, err := e.columns(ctx, c, &n)
	if err != nil {
		return nil, err
	}
	l := &layout{
		zone: s.zone, d: e,
		outstanding: qualify(e, n.schema, outstandingTable),
		blacklisted: qualify(e, n.schema, blacklistedTable),
		users:       qualify(e, n.schema, n.users),
		userID:      e.quote(n.userID), userKey: e.quote(n.userID),
		active: e.quote(n.active), password: e.quote(n.password),
	}
	if l.tailored, err = e.tailored(ctx, c, &n); err != nil {
		return nil, err
	}
	found := false
	for _, col := range columns {
		if strings.EqualFold(col.name, n.userID) {
			l.kind, found = e.keyKind(col), true
		}
		if col.primary {
			l.userKey = e.quote(col.name)
		}
	}
	switch {
	case len(columns) == 0:
		return nil, &setupError{fmt.Sprintf("there is no table %s that this user may see: run Django's migrations, or set user_table and schema", n.users)}
	case !found:
		return nil, &setupError{fmt.Sprintf("the table %s has no column %s: set user_id_field", n.users, n.userID)}
	}
	s.state.layout.Store(l)
	return l, nil
}

func qualify(d dialect, schema, table string) string {
	if schema == "" {
		return d.quote(table)
	}
	return d.quote(schema) + "." + d.quote(table)
}

// setupError is a fault of the tables that no driver reports.
type setupError struct{ text string }

func (e *setupError) Error() string { return e.text }

// from is the FROM clause of all questions. It always gives exactly one row.
func (l *layout) from(b *query, q *question) {
	b.add(" FROM (SELECT 1 AS one) AS one",
		" LEFT JOIN ", l.outstanding, " AS r ON r.jti = ", text(q.jti),
		" LEFT JOIN ", l.blacklisted, " AS rb ON rb.token_id = r.id LEFT JOIN ")
	l.newest(b, after(q.place), "n.id, n.jti, n.created_at, n.expires_at, n.token")
	b.add(" AS s ON 1 = 1 LEFT JOIN ", l.blacklisted, " AS sb ON sb.token_id = s.id LEFT JOIN ")
	l.newest(b, ends(q.place), "n.expires_at")
	b.add(" AS e ON 1 = 1")
	if q.late {
		b.add(" LEFT JOIN ")
		l.newest(b, lates(q.place), "n.id, n.jti")
		b.add(" AS y ON 1 = 1 LEFT JOIN ", l.blacklisted, " AS yb ON yb.token_id = y.id")
	}
	l.joinUser(b, q)
}

func (l *layout) joinUser(b *query, q *question) {
	b.add(" LEFT JOIN ", l.users, " AS u ON u.", l.userID, " = ", value(q.user, l.kind.cast()))
}

// factNames are the names of what selectFacts selects, in the order of scan.
const factNames = "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14"

// selectFacts is the SELECT clause of all questions. Columns that no check asks
// for are not read, so that they need no privilege.
func (l *layout) selectFacts(b *query, q *question) {
	b.add("SELECT ", l.d.nowText(), " AS c0, r.id IS NOT NULL AS c1, rb.id IS NOT NULL AS c2, ",
		l.d.spentText("rb.blacklisted_at"), " AS c3, s.jti AS c4, ",
		l.d.utcText("s.created_at", l.zone), " AS c5, ", l.d.utcText("s.expires_at", l.zone), " AS c6, s.token AS c7, ",
		"sb.id IS NOT NULL AS c8, ", l.d.utcText("e.expires_at", l.zone), " AS c9, ")
	if q.late {
		b.add("y.jti AS c10, ", l.d.spentText("yb.blacklisted_at"), " AS c11, ")
	} else {
		b.add("NULL AS c10, NULL AS c11, ")
	}
	b.add("u.", l.userKey, " IS NOT NULL AS c12, ")
	if q.checks.Active {
		b.add("u.", l.active)
	} else {
		b.add("NULL")
	}
	b.add(" AS c13, ")
	if q.checks.Password {
		b.add("u.", l.password)
	} else {
		b.add("NULL")
	}
	b.add(" AS c14")
}

// free is the condition under which q's token may be claimed.
func (l *layout) free(b *query, q *question, w *writes) {
	b.add("rb.id IS NULL")
	if !w.force {
		b.add(" AND s.id IS NULL AND e.expires_at IS NULL")
	}
	if q.barred {
		b.add(" AND 1 = 0")
	}
	if q.asked() {
		b.add(" AND u.", l.userKey, " IS NOT NULL")
	}
	if q.checks.Active {
		b.add(" AND u.", l.active, " IS TRUE")
	}
	if q.checks.Password {
		b.add(" AND ", l.d.marked("u."+l.password, q.checks.PasswordClaim))
	}
}

// insertNothing inserts no row into either table. It fails if no row could be
// inserted.
func (l *layout) insertNothing(ctx context.Context, c *sql.Conn) error {
	for table, columns := range map[string]string{l.outstanding: "jti, token, expires_at", l.blacklisted: "token_id, blacklisted_at"} {
		if _, err := c.ExecContext(ctx, "INSERT INTO "+table+" ("+columns+") SELECT "+columns+" FROM "+table+" WHERE 1 = 0"); err != nil { //nolint:gosec // quoted names
			return err
		}
	}
	return nil
}

// insertToken begins the statement that writes the token's own row, up to its FROM
// clause. key is the expression for the user's key.
func (l *layout) insertToken(b *query, q *question, w *writes, key string) {
	t := w.token
	if w.owned {
		b.add("INSERT INTO ", l.outstanding, " (user_id, jti, token, created_at, expires_at) SELECT ", key, ", ",
			text(q.jti), ", ", text(t.Text), ", ", l.d.utcNow(l.zone), ", ", l.d.utcValue(stamp(t.ExpiresAt), l.zone))
		return
	}
	b.add("INSERT INTO ", l.outstanding, " (jti, token, expires_at) SELECT ",
		text(q.jti), ", ", text(t.Text), ", ", l.d.utcValue(stamp(t.ExpiresAt), l.zone))
}

// insertSuccessor does the same for the successor's row.
func (l *layout) insertSuccessor(b *query, w *writes, key string) {
	t := w.successor
	b.add("INSERT INTO ", l.outstanding, " (user_id, jti, token, created_at, expires_at) SELECT ", key, ", ",
		text(t.JTI), ", ", text(t.Text), ", ", l.d.utcValue(stamp(t.IssuedAt), l.zone), ", ", l.d.utcValue(stamp(t.ExpiresAt), l.zone))
}
