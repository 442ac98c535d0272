// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Revoke implements store.Store. It walks the chain in batches, each in one
// round trip, and revokes the newest token by a script that a Spend of the same
// token cannot overlap. The token given comes last: by then it is spent or
// revoked, so nothing can slip past.
func (s *Store) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	asked := store.Token{JTI: r.Token.JTI, IssuedAt: r.Token.IssuedAt, User: r.Token.User}
	facts, err := s.ask(ctx, checkScript, r.Name, &asked, store.Successor(asked.JTI), nil)
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	a := store.RevokeAnswer{Before: facts.Check(r.Token.IssuedAt), Now: facts.Now}
	look := func(ctx context.Context, links []store.Link) error { return s.look(ctx, r.Name, links) }
	mark := func(ctx context.Context, newest store.Link) (bool, error) {
		return s.revokeOne(ctx, markScript, r, newest.JTI, store.KeepRevoked(facts.Now, r.Reason, newest.Expires, r.Leeway))
	}
	newest, steps, err := store.Kill(ctx, facts.Now, r.Token, look, mark)
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	a.Newest, a.Steps = newest.JTI, steps
	if r.Reason == store.Reuse || steps == 0 {
		return a, nil
	}
	_, err = s.revokeOne(ctx, stampScript, r, r.Token.JTI, store.KeepRevoked(facts.Now, r.Reason, r.Token.ExpiresAt, r.Leeway))
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	return a, nil
}

// look fills in what is known of a piece of a chain.
func (s *Store) look(ctx context.Context, name string, links []store.Link) error {
	keys := make([]string, len(links))
	for i := range links {
		keys[i] = s.tokenKey(name, links[i].JTI)
	}
	got, err := s.do(ctx, &call{script: lookScript, keys: keys})
	if err != nil {
		return err
	}
	found, err := got.script.ToArray()
	if err == nil && len(found) != len(links)+2 {
		err = errRecord
	}
	if err != nil {
		return s.fault(err)
	}
	for i := range links {
		record, err := messageRecord(&found[i+2], "")
		if err != nil {
			return s.fault(err)
		}
		l := &links[i]
		l.Known, l.Spent, l.NextExpires = !record.Nothing(), record.Spent, record.Successor.ExpiresAt
	}
	return nil
}

// revokeOne revokes one token by a script and reports whether it did.
func (s *Store) revokeOne(ctx context.Context, sc *script, r *store.Revocation, jti string, keep int64) (bool, error) {
	got, err := s.do(ctx, &call{script: sc, keys: []string{s.tokenKey(r.Name, jti)}, args: []string{keepText(keep)}})
	if err != nil {
		return false, err
	}
	_, done, err := nowAnd(&got)
	if err != nil {
		return false, s.fault(err)
	}
	return done == 1, nil
}

// CutOff implements store.Store.
func (s *Store) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	got, err := s.do(ctx, &call{
		script: cutOffScript, keys: []string{s.userKey(c.Name, c.User.ID)},
		args: []string{strconv.FormatInt(int64(store.AdminLife/time.Second), 10)},
	})
	if err != nil {
		return store.CutOffAnswer{}, err
	}
	now, second, err := nowAnd(&got)
	if err != nil {
		return store.CutOffAnswer{}, s.fault(err)
	}
	return store.CutOffAnswer{Now: now, Second: second, Tokens: -1}, nil
}

// nowAnd reads {seconds, microseconds, number}.
func nowAnd(got *reply) (time.Time, int64, error) {
	found, err := got.script.ToArray()
	if err != nil || len(found) != 3 {
		return time.Time{}, 0, errRecord
	}
	now, err := messageClock(found)
	if err != nil {
		return time.Time{}, 0, err
	}
	n, err := found[2].AsInt64()
	return now, n, err
}
