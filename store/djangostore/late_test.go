// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// interrupted is an engine that lets something happen before the next pair is written.
type interrupted struct {
	engine
	before func()
}

func (e *interrupted) pair(ctx context.Context, c *sql.Conn, l *layout, p *pair) (bool, error) {
	if f := e.before; f != nil {
		e.before = nil
		f()
	}
	return e.engine.pair(ctx, c, l, p)
}

// TestLateTooLate: a session that is ended, or goes on, between the look at the rows
// and the note of a late retry gives no late retry.
func TestLateTooLate(t *testing.T) {
	for name, tc := range map[string]struct {
		meanwhile func(t *testing.T, s *Store, newest store.Token)
		want      store.Verdict
	}{
		"ended": {func(t *testing.T, s *Store, newest store.Token) {
			if _, err := s.Revoke(t.Context(), &store.Revocation{Token: newest}); err != nil {
				t.Error(err)
			}
		}, store.Refused},
		"rotated": {func(t *testing.T, s *Store, newest store.Token) { rotate(t, s, newest) }, store.Reused},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLite(t, "integer")
			s := d.open(t, nil)
			first := d.token(store.User{})
			second := rotate(t, s, first)
			d.Advance(time.Minute)
			s.pool.engine = &interrupted{s.pool.engine, func() { tc.meanwhile(t, s, second) }}
			late := spending(first, time.Second)
			late.LateRetry = time.Hour
			a, err := s.Spend(t.Context(), late)
			want(t, "Spend", a, err, tc.want)
			if a.Late || a.Successor != (store.Issued{}) {
				t.Errorf("the answer is late %v, with the successor %+v; want neither", a.Late, a.Successor)
			}
			if n := d.count(t, "SELECT count(*) FROM token_blacklist_outstandingtoken WHERE jti LIKE ?", store.Locate(second.JTI).Prefix()+lateLetter+"%"); n != 0 {
				t.Errorf("%d late retries are noted, want none", n)
			}
		})
	}
}
