// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// CutOff implements store.Store. It blacklists the user's outstanding tokens in one
// statement, and again if a refresh came in between: a token that a refresh spent
// first has a successor by now. Tokens that the tables do not know stay as they are.
func (s *Store) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	var a store.CutOffAnswer
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
		now, err := l.clock(ctx, conn)
		if err != nil {
			return false, err
		}
		a.Now, a.Second = now, now.Unix()
		user, bad := l.kind.value(c.User)
		if bad != store.UserUnseen {
			return true, nil // no user has this id
		}
		n, done, err := s.pool.engine.cutOff(ctx, conn, l, user)
		a.Tokens += n
		return done, err
	})
	if err != nil {
		return store.CutOffAnswer{}, err
	}
	return a, nil
}

// unspent writes the query for a user's outstanding tokens that are not blacklisted:
// their ids, and the columns in beside. They are ordered, so that two cut-offs do not
// deadlock.
func (l *layout) unspent(b *query, user any, beside ...any) {
	b.add("SELECT o.id").add(beside...).add(" FROM ", l.outstanding, " AS o LEFT JOIN ", l.blacklisted, " AS b ON b.token_id = o.id",
		" WHERE b.id IS NULL AND o.user_id = (SELECT u.", l.userKey, " FROM ", l.users, " AS u WHERE u.", l.userID, " = ",
		value(user, l.kind.cast()), ") ORDER BY o.id")
}

// clock reads the database's clock.
func (l *layout) clock(ctx context.Context, c *sql.Conn) (time.Time, error) {
	b := &query{d: l.d}
	b.add("SELECT ", l.d.nowText())
	var now string
	if err := c.QueryRowContext(ctx, b.String(), b.args...).Scan(&now); err != nil {
		return time.Time{}, err
	}
	return parseStamp(now)
}
