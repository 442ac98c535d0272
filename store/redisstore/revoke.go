// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"strconv"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Revoke implements store.Store.
func (s *Store) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	p := s.patience(ctx)
	defer p.timer.Stop()
	atLeast := time.Duration(0)
	if r.Reason == store.Admin || r.Token.ExpiresAt == 0 {
		atLeast = store.AdminLife
	}
	got, err := s.ask(p, revokeScript, r.Name, &r.Token,
		secondText(store.KeepRevoked(time.Time{}, store.Logout, r.Token.ExpiresAt, r.Leeway)),
		strconv.FormatInt(int64(atLeast/time.Second), 10))
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	known, err := got.rest[0].AsInt64()
	if err != nil {
		return store.RevokeAnswer{}, s.fault(errRecord)
	}
	return store.RevokeAnswer{Before: got.verdict, Now: got.now, Known: known == 1}, nil
}

// CutOff implements store.Store.
func (s *Store) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	p := s.patience(ctx)
	defer p.timer.Stop()
	life := store.KeepCutOff(time.Unix(0, 0), c.Lifetime)
	got, err := s.do(p, &call{
		script: cutOffScript, keys: []string{s.userKey(c.Name, c.User.ID)},
		args: []string{secondText(c.Second), secondText(min(life, maxCutOffLife))},
	})
	if err != nil {
		return store.CutOffAnswer{}, err
	}
	now, rest, err := parse(&got)
	if err != nil {
		return store.CutOffAnswer{}, s.fault(err)
	}
	second, err := rest[0].AsInt64()
	if err != nil {
		return store.CutOffAnswer{}, s.fault(errRecord)
	}
	return store.CutOffAnswer{Now: now, Second: second, Tokens: -1}, nil
}

// maxCutOffLife is how long a cut-off is kept at most: 1000 years.
const maxCutOffLife = 1000 * 365 * 24 * 3600
