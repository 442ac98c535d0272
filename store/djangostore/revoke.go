// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Revoke implements store.Store. It costs the same for a session of any length.
func (s *Store) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	if err := valid(&r.Token); err != nil {
		return store.RevokeAnswer{}, err
	}
	var a store.RevokeAnswer
	e := &ending{token: &r.Token, reason: r.Reason, leeway: r.Leeway}
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
		q, _ := ask(&r.Token, store.UserChecks{}, l)
		f, err := l.look(ctx, conn, q)
		if err != nil {
			return false, err
		}
		if a.Before == store.Undecided {
			a = store.RevokeAnswer{Before: f.check(), Now: f.now, Known: f.known || f.newer || f.ended}
			a.Blacklisted = a.Before == store.Refused && f.spent
		}
		return s.end(ctx, conn, l, e, q, &f)
	})
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	return a, nil
}

// ending is a session that is to end, known by one of its tokens.
type ending struct {
	token  *store.Token
	reason store.Reason
	leeway time.Duration
}

// end ends a session as the facts show it. It is done unless another request was
// faster; then the facts have to be read again.
//
// The pair that ends the session is written first and is durable before anything
// else: every Spend that begins afterwards sees it and is refused. Of those under way
// at most one can still win, with the newest token. The second step competes with it
// for that token's blacklisted row; if that Spend was faster, the next look shows the
// token that it handed out.
func (s *Store) end(ctx context.Context, c *sql.Conn, l *layout, e *ending, q *question, f *facts) (bool, error) {
	last := max(e.token.ExpiresAt, f.newest.ExpiresAt)
	keep := store.KeepRevoked(f.now, e.reason, last, e.leeway)
	if !f.ended || f.keep < min(last, maxStamp) {
		if _, err := s.pool.engine.pair(ctx, c, l, endOf(q.place, keep)); err != nil {
			return false, err
		}
	}
	done := true
	if f.newer && !f.newerSpent {
		newest := &store.Token{JTI: f.newest.JTI}
		n, _ := ask(newest, store.UserChecks{}, l)
		_, won, err := s.pool.engine.claim(ctx, c, l, n, &writes{force: true})
		if err != nil {
			return false, err
		}
		done = won
	}
	// Django would accept the given token if its row was lost, so it is blacklisted
	// too. It is skipped if it has no row, only its jti is given, and an edge has
	// rotated it.
	if f.spent || !f.known && e.token.Reencode == nil && f.newer {
		return done, nil
	}
	w := &writes{owned: s.backend.RecordsOwner, force: true}
	if err := w.addToken(e.token, f.known, keep); err != nil {
		return false, err
	}
	_, won, err := s.pool.engine.claim(ctx, c, l, q, w)
	return done && won, err
}
