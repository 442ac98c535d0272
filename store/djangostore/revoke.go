// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Revoke implements store.Store. A live token takes one round trip; the chain is
// walked only where it was spent.
func (s *Store) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	if err := valid(&r.Token); err != nil {
		return store.RevokeAnswer{}, err
	}
	a, f, err := s.revokeOne(ctx, r, &r.Token, false)
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	known := f.store()
	a.Newest = r.Token.JTI
	if a.Before == store.Live && f.known || known.Token.Revoked {
		return a, nil
	}
	newest, steps, err := s.kill(ctx, r, a.Now)
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	a.Newest, a.Steps = newest.JTI, steps
	if f.known && !f.spent {
		// Its successor is known and it is not spent: Django would take it.
		if _, _, err := s.revokeOne(ctx, r, &r.Token, true); err != nil {
			return store.RevokeAnswer{}, err
		}
	}
	return a, nil
}

// revokeOne blacklists a token that is free. Before is Live where it did, or
// where it is a token that nobody knows and that cannot be written down.
func (s *Store) revokeOne(ctx context.Context, r *store.Revocation, t *store.Token, force bool) (store.RevokeAnswer, facts, error) {
	var a store.RevokeAnswer
	var f facts
	w := &writes{owned: r.Release >= "5.4", force: force}
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (done bool, err error) {
		q, _ := ask(t, store.UserChecks{}, l)
		var won bool
		f, won, err = s.pool.engine.claim(ctx, conn, l, q, w)
		if err != nil {
			return false, err
		}
		known := f.store()
		a = store.RevokeAnswer{Before: known.Check(t.IssuedAt), Now: f.now}
		if won {
			f.known = true
			return true, nil
		}
		if a.Before != store.Live || !f.known && t.Reencode == nil {
			return true, nil
		}
		return false, w.addToken(t, f.known)
	})
	return a, f, err
}

// mark blacklists the newest token of a chain, unless it is spent by now.
func (s *Store) mark(ctx context.Context, r *store.Revocation, newest store.Link) (bool, error) {
	t := store.Token{JTI: newest.JTI}
	if newest.JTI == r.Token.JTI {
		t = r.Token
	}
	a, f, err := s.revokeOne(ctx, r, &t, false)
	switch {
	case err != nil:
		return false, err
	case f.known:
		known := f.store()
		return a.Before == store.Live || known.Token.Revoked, nil
	case f.next:
		return false, nil
	case newest.Known:
		return true, nil // flushed since, for it has expired
	default:
		return false, store.ErrUnknownToken
	}
}

// kill ends the chain at its newest token.
func (s *Store) kill(ctx context.Context, r *store.Revocation, now time.Time) (newest store.Link, steps int, err error) {
	if file, ok := s.pool.engine.(*sqlite); ok {
		var refused error // an answer, not a fault
		err = s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
			var err error
			newest, steps, err = file.kill(ctx, conn, l, r, now)
			if errors.Is(err, store.ErrUnknownToken) || errors.Is(err, store.ErrChainTooLong) {
				refused, err = err, nil
			}
			return err == nil, err
		})
		return newest, steps, errors.Join(err, refused)
	}
	look := func(ctx context.Context, links []store.Link) error {
		return s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
			err := l.fill(ctx, conn, links)
			return err == nil, err
		})
	}
	mark := func(ctx context.Context, newest store.Link) (bool, error) { return s.mark(ctx, r, newest) }
	return store.Kill(ctx, now, r.Token, look, mark)
}

// fill is what store.Kill walks with: one statement a batch. A link counts as
// spent where its successor is known.
func (l *layout) fill(ctx context.Context, c *sql.Conn, links []store.Link) error {
	jtis := make([]string, 0, len(links)+1)
	for _, link := range links {
		jtis = append(jtis, link.JTI)
	}
	jtis = append(jtis, store.Successor(links[len(links)-1].JTI))
	found, err := l.expiries(ctx, c, jtis)
	if err != nil {
		return err
	}
	for i := range links {
		link := &links[i]
		if ends, ok := found[link.JTI]; ok {
			link.Known, link.Expires = true, ends.Unix()
		}
		if ends, ok := found[jtis[i+1]]; ok {
			link.Known, link.Spent, link.NextExpires = true, true, ends.Unix()
		}
	}
	return nil
}

// expiries returns when those of the tokens expire that are outstanding.
func (l *layout) expiries(ctx context.Context, c *sql.Conn, jtis []string) (map[string]time.Time, error) {
	b := &query{d: l.d}
	b.add("SELECT o.jti, ", l.d.utcText("o.expires_at", l.zone), " FROM ", l.outstanding, " AS o WHERE ", l.d.anyOf("o.jti", jtis))
	rows, err := c.QueryContext(ctx, b.String(), b.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[string]time.Time)
	for rows.Next() {
		var jti, ends string
		if err := rows.Scan(&jti, &ends); err != nil {
			return nil, err
		}
		at, err := parseStamp(ends)
		if err != nil {
			return nil, err
		}
		found[jti] = at
	}
	return found, rows.Err()
}
