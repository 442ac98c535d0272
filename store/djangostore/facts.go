// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// facts is what the tables held on a token and its session, at one moment.
type facts struct {
	now time.Time

	// known: the token has an outstanding row; spent: a blacklisted one too.
	known, spent bool
	spentAt      time.Time

	// newer: an edge rotated the token, or one of its successors. step is that of the
	// newest successor; dated: its row has the iat that an edge writes; newerSpent: it
	// is blacklisted.
	newer             bool
	step              uint32
	dated, newerSpent bool
	newest            store.Issued

	// ended: a row ends the session; keep: until then, as Unix time.
	ended bool
	keep  int64

	// late: there was a late retry; lateOn: the step of its token; lateAt: its time.
	late   bool
	lateOn uint32
	lateAt time.Time

	// user: the user exists. active and password are read only if they are checked.
	user, active bool
	password     string
}

// scan reads the columns that layout.selectFacts selected, and the ones behind them
// into more.
func (f *facts) scan(rows *sql.Rows, l *layout, q *question, more ...any) error {
	var (
		now                                    string
		spentAt, newest, created, expires, jwt sql.NullString
		keep, late, lateAt, password           sql.NullString
		active                                 sql.NullBool
		nowAt, spentWall, createdAt, expiresAt time.Time
		keepAt, lateWall                       time.Time
	)
	into := append([]any{
		&now, &f.known, &f.spent, &spentAt, &newest, &created, &expires, &jwt, &f.newerSpent,
		&keep, &late, &lateAt, &f.user, &active, &password,
	}, more...)
	if err := rows.Scan(into...); err != nil {
		return err
	}
	for _, t := range []struct {
		text sql.NullString
		into *time.Time
	}{
		{sql.NullString{String: now, Valid: true}, &nowAt},
		{spentAt, &spentWall},
		{created, &createdAt},
		{expires, &expiresAt},
		{keep, &keepAt},
		{lateAt, &lateWall},
	} {
		if !t.text.Valid {
			continue
		}
		var err error
		if *t.into, err = parseStamp(t.text.String); err != nil {
			return err
		}
	}
	f.now, f.active, f.password = nowAt, active.Bool, password.String
	if f.newer = newest.Valid; f.newer {
		place := store.Locate(newest.String)
		if place.Session != q.place.Session { // its step is later by the span
			return &setupError{"a session has a token whose jti no edge made"}
		}
		f.step, f.dated = place.Step, created.Valid
		f.newest = store.Issued{JTI: newest.String, ExpiresAt: expiresAt.Unix(), Text: jwt.String}
		if f.dated {
			f.newest.IssuedAt = createdAt.Unix()
		}
	}
	if f.ended = keep.Valid; f.ended {
		f.keep = keepAt.Unix()
	}
	if late.Valid {
		f.lateOn, f.late = lateStep(late.String, q.place)
		f.lateAt = l.d.spentZone(l.zone).instant(lateWall, f.now)
	}
	if f.spent {
		near := f.now
		if f.dated {
			near = createdAt
		}
		f.spentAt = l.d.spentZone(l.zone).instant(spentWall, near)
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

// over reports whether every token of the session is void: the session was ended, or
// its newest token was blacklisted. That includes a token that Django rotated, whose
// successor is another session here.
func (f *facts) over() bool {
	return f.ended || f.newer && (f.newerSpent || !f.dated) || f.spent && !f.newer
}

// goBack undoes what happened within that time, as far as the tables say when it
// happened: an ended session stays ended.
func (f *facts) goBack(ago time.Duration) {
	if ago > 0 && f.spent && f.spentAt.After(f.now.Add(-ago)) {
		f.spent, f.newer = false, false // the newer token came from that spending
	}
}

// check decides as store.Record.Check does.
func (f *facts) check() store.Verdict {
	switch {
	case f.over():
		return store.Refused
	case f.newer:
		return store.Spent
	default:
		return store.Live
	}
}

// spend decides as store.Record.Spend does about the token of that step. late
// says that a late retry has to be noted before the answer is given.
func (f *facts) spend(step uint32, r *store.Spend) (v store.Verdict, late bool) {
	spentAt := f.spentAt
	if f.late && f.lateOn == step {
		spentAt = f.lateAt // the grace began anew
	}
	switch graced := store.WithinGrace(f.now, spentAt, r.Grace); {
	case f.over():
		return store.Refused, false
	case !f.newer:
		return store.Rotated, false
	case f.step == step+1 && graced:
		return store.Replayed, false
	case f.step == step+1 && f.lateRetry(step, r):
		return store.Replayed, true
	case graced:
		return store.Straggler, false
	default:
		return store.Reused, false
	}
}

// lateRetry reports whether a token whose grace is over may be given its successor
// once more.
func (f *facts) lateRetry(step uint32, r *store.Spend) bool {
	return store.WithinGrace(f.now, f.spentAt, r.LateRetry) &&
		f.newest.ExpiresAt > f.now.Unix() &&
		(!f.late || step >= f.lateOn+store.LateEvery)
}

// userState says what was seen of the user. bad is what is wrong with the id, found
// before it was looked up. No user is looked up for a token without a user id.
func (f *facts) userState(q *question, bad store.UserState) store.UserState {
	switch {
	case bad != store.UserUnseen && (q.asked() || q.checks.Key):
		return bad
	case !q.asked():
		return store.UserUnseen
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
