// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"fmt"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// ask makes a question about a token. It also returns what is wrong with the user's
// id, which depends on the tables.
func ask(t *store.Token, checks store.UserChecks, l *layout) (*question, store.UserState) {
	q := &question{jti: t.JTI, place: store.Locate(t.JTI), checks: checks}
	if t.User.Kind == store.NoUser {
		q.checks = store.UserChecks{}
	}
	var bad store.UserState
	q.user, bad = l.kind.value(t.User)
	q.barred = bad != store.UserUnseen && (q.asked() || q.checks.Key)
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
		f.goBack(c.Ago)
		a = store.Answer{Verdict: f.check(), Now: f.now}
		a.Blacklisted = a.Verdict == store.Refused && f.spent
		seen(&a, f.userState(q, bad))
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
	p := &spender{Spend: r, s: s, w: writes{successor: &r.Successor, owned: s.backend.RecordsOwner}}
	if err := s.run(ctx, p.step); err != nil {
		return store.Answer{}, err
	}
	return p.a, nil
}

// spender is one Spend under way.
type spender struct {
	*store.Spend
	s *Store
	w writes
	a store.Answer
}

func (p *spender) step(ctx context.Context, c *sql.Conn, l *layout) (done bool, err error) {
	q, bad := ask(&p.Token, p.Users, l)
	if p.a.Verdict == store.Reused { // decided, and its session not ended yet
		f, err := l.look(ctx, c, q)
		if err != nil {
			return false, err
		}
		return p.endSession(ctx, c, l, q, &f)
	}
	f, won, err := p.s.pool.engine.claim(ctx, c, l, q, &p.w)
	if err != nil {
		return false, err
	}
	if won {
		p.a = store.Answer{Verdict: store.Rotated, Now: f.now, Successor: p.Successor, Forgot: q.place.Step > 0 && !f.known}
		if q.asked() {
			p.a.User = store.UserPasses
		}
		return true, nil
	}
	verdict, late := f.spend(q.place.Step, p.Spend)
	if late || verdict == store.Reused && p.Grace > 0 {
		// A late retry at any edge, also at one with other settings, began the grace
		// anew. Its rows are read only here: whoever wins need not know of them.
		q.late = true
		if f, err = l.look(ctx, c, q); err != nil {
			return false, err
		}
		verdict, late = f.spend(q.place.Step, p.Spend)
	}
	a := store.Answer{Verdict: verdict, Now: f.now, Blacklisted: verdict == store.Refused && f.spent}
	if a.Verdict == store.Replayed {
		a.Successor = f.newest
	}
	seen(&a, f.userState(q, bad))
	switch {
	case a.Verdict == store.Rotated:
		// The token was free, but we did not win: Django has no row of it, or another
		// request was faster and the next look shows the outcome.
		if state := p.owner(&f, l, bad); state != store.UserUnseen {
			p.a = store.Answer{Verdict: store.UserRefused, User: state, Now: f.now}
			return true, nil
		}
		if !f.known && p.Token.Reencode == nil {
			return false, &setupError{"Django has no row of the token, and the caller cannot encode the token again for one"}
		}
		return false, p.w.addToken(&p.Token, f.known, p.Token.ExpiresAt)
	case a.Verdict == store.Replayed && late:
		noted, err := p.s.pool.engine.pair(ctx, c, l, lateOf(q.place, &f.newest))
		if err != nil || !noted {
			return false, err
		}
		a.Late = true
	case a.Verdict == store.Reused && p.EndOnReuse:
		p.a = a
		return p.endSession(ctx, c, l, q, &f)
	}
	p.a = a
	return true, nil
}

func (p *spender) endSession(ctx context.Context, c *sql.Conn, l *layout, q *question, f *facts) (bool, error) {
	e := &ending{token: &p.Token, reason: store.Logout, leeway: p.Leeway}
	return p.s.end(ctx, c, l, e, q, f)
}

// owner says why SimpleJWT 5.4, which records the owner without looking it up, could
// not write the row of a token that has none. It writes the claim unchanged into
// user_id, and crashes if the id is no key or no user has it; an empty id becomes
// NULL, unless keys are texts. Ids that are true in Python were checked before.
func (p *spender) owner(f *facts, l *layout, bad store.UserState) store.UserState {
	user := p.Token.User
	switch {
	case !p.s.backend.RecordsOwner || p.s.backend.LooksUpOwner || f.known || user.Kind == store.NoUser:
		return store.UserUnseen
	case user == (store.User{Kind: store.TextUser}) && l.kind != textKey:
		return store.UserUnseen
	case bad != store.UserUnseen:
		return bad
	case !f.user:
		return store.UserMissing
	default:
		return store.UserUnseen
	}
}

// addToken gives the token a row to write, unless it has one. A token that is
// known by its jti alone gets one without its text.
func (w *writes) addToken(t *store.Token, known bool, keep int64) error {
	if known || w.token != nil {
		return nil
	}
	w.token = &store.Issued{JTI: t.JTI, ExpiresAt: min(keep, maxStamp)}
	if t.Reencode == nil {
		return nil
	}
	text, err := t.Reencode()
	if err != nil {
		return &setupError{"the token could not be encoded again: " + err.Error()}
	}
	w.token.ExpiresAt, w.token.Text = t.ExpiresAt, text
	return nil
}

// seen notes the state of the user of a token that would pass, and refuses the token
// if the user does not pass.
func seen(a *store.Answer, state store.UserState) {
	if !a.Verdict.Passes() || state == store.UserUnseen {
		return
	}
	a.User = state
	if state != store.UserPasses {
		a.Verdict, a.Successor = store.UserRefused, store.Issued{}
	}
}
