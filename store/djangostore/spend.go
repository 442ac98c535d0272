// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"fmt"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// ask makes a question of a token. What is wrong with the user's id is known
// only with the tables.
func ask(t *store.Token, checks store.UserChecks, l *layout) (*question, store.UserState) {
	next := store.Successor(t.JTI)
	q := &question{jti: t.JTI, next: next, afterNext: store.Successor(next), checks: checks}
	if t.User.Kind == store.NoUser {
		q.checks = store.UserChecks{}
	}
	var bad store.UserState
	q.user, bad = l.kind.value(t.User)
	return q, bad
}

// valid refuses a jti that cannot be in the tables.
func valid(t *store.Token) error {
	if err := store.ValidJTI(t.JTI); err != nil {
		return err
	}
	if !utf8.ValidString(t.JTI) {
		return fmt.Errorf("%w, in UTF-8", store.ErrInvalidJTI)
	}
	return nil
}

// Check implements store.Store.
func (s *Store) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	if err := valid(&c.Token); err != nil {
		return store.Answer{}, err
	}
	var a store.Answer
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
		q, bad := ask(&c.Token, c.Users, l)
		f, err := l.look(ctx, conn, q)
		if err != nil {
			return false, err
		}
		known := f.store()
		a = store.Answer{Verdict: known.Check(c.Token.IssuedAt), Now: f.now}
		seen(&a, f.userState(q, c.Token.User.Kind != store.NoUser, bad))
		return true, nil
	})
	if err != nil {
		return store.Answer{}, err
	}
	return a, nil
}

// Spend implements store.Store.
func (s *Store) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	if err := valid(&r.Token); err != nil {
		return store.Answer{}, err
	}
	var a store.Answer
	successor := r.Successor
	w := &writes{successor: &successor, owned: r.Release >= "5.4"}
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
		q, bad := ask(&r.Token, r.Users, l)
		f, won, err := s.pool.engine.claim(ctx, conn, l, q, w)
		if err != nil {
			return false, err
		}
		if won {
			a = store.Answer{Verdict: store.Rotated, Now: f.now, Successor: r.Successor}
			if q.asked() {
				a.User = store.UserPasses
			}
			return true, nil
		}
		known := f.store()
		a = store.Answer{Verdict: known.Spend(r.Token.IssuedAt, r.Grace), Now: f.now}
		if a.Verdict == store.Replayed {
			a.Successor = f.successor
		}
		seen(&a, f.userState(q, r.Token.User.Kind != store.NoUser, bad))
		if a.Verdict != store.Rotated {
			return true, nil
		}
		// It was free, and is not ours: Django has no row of it, or somebody
		// else was faster and the next look shows what became of it.
		return false, w.addToken(&r.Token, f.known)
	})
	if err != nil {
		return store.Answer{}, err
	}
	return a, nil
}

// addToken gives the token a row to write, unless it has one.
func (w *writes) addToken(t *store.Token, known bool) error {
	if known || w.token != nil {
		return nil
	}
	if t.Reencode == nil {
		return &setupError{"the token is unknown to Django, and the caller cannot encode it anew"}
	}
	text, err := t.Reencode()
	if err != nil {
		return &setupError{"the token could not be encoded anew: " + err.Error()}
	}
	w.token = &store.Issued{JTI: t.JTI, ExpiresAt: t.ExpiresAt, Text: text}
	return nil
}

// seen lets the user have a say where the token would pass.
func seen(a *store.Answer, state store.UserState) {
	if !a.Verdict.Passes() || state == store.UserUnseen {
		return
	}
	a.User = state
	if state != store.UserPasses {
		a.Verdict, a.Successor = store.UserRefused, store.Issued{}
	}
}
