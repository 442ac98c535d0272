// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// facts is what the tables held on a token, at one moment.
type facts struct {
	now time.Time

	// known: the token has an outstanding row; spent: a blacklisted one too.
	known, spent bool
	spentAt      time.Time

	// next: the successor has an outstanding row, which says what it is; dated:
	// the row has the iat that an edge writes.
	next, dated bool
	successor   store.Issued

	// nextSpent: the successor is blacklisted; afterNext: its own is known.
	nextSpent, afterNext bool

	// user: there is such a user; the rest only as far as it was asked for.
	user, active bool
	password     string
}

// scan reads what layout.selectFacts selected, and more behind it.
func (f *facts) scan(rows *sql.Rows, l *layout, q *question, more ...any) error {
	var (
		now                            string
		spentAt, created, expires, jwt sql.NullString
		active                         sql.NullBool
		password                       sql.NullString
	)
	into := append([]any{
		&now, &f.known, &f.spent, &spentAt, &f.next, &created, &expires, &jwt,
		&f.nextSpent, &f.afterNext, &f.user, &active, &password,
	}, more...)
	err := rows.Scan(into...)
	if err != nil {
		return err
	}
	if f.now, err = parseStamp(now); err != nil {
		return err
	}
	f.active, f.password = active.Bool, password.String
	if f.next && created.Valid {
		issued, err := parseStamp(created.String)
		if err != nil {
			return err
		}
		ends, err := parseStamp(expires.String)
		if err != nil {
			return err
		}
		f.dated = true
		f.successor = store.Issued{JTI: q.next, IssuedAt: issued.Unix(), ExpiresAt: ends.Unix(), Text: jwt.String}
	}
	if f.spent {
		wall, err := parseStamp(spentAt.String)
		if err != nil {
			return err
		}
		near := f.now
		if f.dated {
			near = time.Unix(f.successor.IssuedAt, 0)
		}
		f.spentAt = l.d.spentZone(l.zone).instant(wall, near)
	}
	return nil
}

// look asks the question.
func (l *layout) look(ctx context.Context, c *sql.Conn, q *question) (facts, error) {
	b := &query{d: l.d}
	l.selectFacts(b, q)
	l.from(b, q)
	return l.one(ctx, c, b, q)
}

// one reads the facts that a statement with one row returns.
func (l *layout) one(ctx context.Context, c *sql.Conn, b *query, q *question, more ...any) (f facts, err error) {
	rows, err := c.QueryContext(ctx, b.String(), b.args...)
	if err != nil {
		return facts{}, err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return facts{}, err
		}
		return facts{}, sql.ErrNoRows
	}
	if err := f.scan(rows, l, q, more...); err != nil {
		return facts{}, err
	}
	for rows.Next() {
	}
	return f, rows.Err()
}

// store puts the facts into the words of package store.
func (f *facts) store() store.Facts {
	all := store.Facts{Now: f.now}
	switch {
	case f.spent && f.dated:
		all.Token = store.Record{Spent: true, SpentAt: f.spentAt, Successor: f.successor}
	case f.spent:
		all.Token.Revoked = true
	case f.next:
		// A successor without its predecessor: the rows were lost, or flushed.
		all.Successor.Spent = true
	}
	switch {
	case f.nextSpent && f.afterNext:
		all.Successor.Spent = true
	case f.nextSpent:
		all.Successor.Revoked = true
	}
	return all
}

// userState says what was seen of the user. Bad is what the id was found to be
// before it was looked up.
func (f *facts) userState(q *question, named bool, bad store.UserState) store.UserState {
	switch {
	case !q.asked() || !named:
		return store.UserUnseen
	case bad != store.UserUnseen:
		return bad
	case !f.user:
		return store.UserMissing
	case q.checks.Active && !f.active:
		return store.UserInactive
	case q.checks.Password && q.checks.PasswordClaim != store.PasswordMark(f.password):
		return store.UserPasswordChanged
	default:
		return store.UserPasses
	}
}
