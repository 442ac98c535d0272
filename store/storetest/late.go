// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// retry is the late_retry of edges that have one.
const retry = time.Hour

// lost rotates a new session's token and waits until its grace is over, as where the
// answer got lost.
func (b *bench) lost(t *testing.T) (token, next store.Token) {
	t.Helper()
	token = b.login(t)
	next = b.rotate(t, 0, token)
	b.pass(b.grace)
	return token, next
}

// issued is a token as a store hands it out.
func issued(t store.Token) store.Issued {
	return store.Issued{JTI: t.JTI, IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt, Text: t.Text}
}

// late spends a token whose grace may be over, at an edge with that late_retry and
// with the detection of reuse.
func (b *bench) late(t *testing.T, edge int, token store.Token, within time.Duration) store.Answer {
	t.Helper()
	s := b.spending(token, b.grace, b.now(t))
	s.LateRetry, s.EndOnReuse = within, true
	a, err := b.edges[edge%clients].Spend(deadline(t), s)
	if err != nil {
		t.Fatalf("Spend: %v", err)
	}
	return a
}

// wantLate wants a late retry to be allowed, and returns its answer.
func (b *bench) wantLate(t *testing.T, edge int, token store.Token) store.Answer {
	t.Helper()
	a := b.late(t, edge, token, retry)
	if a.Verdict != store.Replayed || !a.Late {
		t.Fatalf("Spend = %v, late %v; want replayed, late", a.Verdict, a.Late)
	}
	return a
}

// wantCaught wants a late retry to count as reuse, which ends the session of newest.
func (b *bench) wantCaught(t *testing.T, edge int, token, newest store.Token) {
	t.Helper()
	if v := b.late(t, edge, token, retry).Verdict; v != store.Reused {
		t.Errorf("Spend = %v, want reused", v)
	}
	b.wantSpend(t, newest, b.grace, store.Refused)
}

// testLate: a client that lost an answer gets it once more after the grace, and reuse
// is still detected.
func testLate(t *testing.T, fresh func(*testing.T) *bench) {
	abreast(t, fresh, func(run runner, fresh func(*testing.T) *bench) {
		lateGrace(run, fresh)
		late(run, fresh)
	})
	if fresh(t).Advance != nil {
		testLateTime(t, fresh)
	}
}

// late is who gets a late retry.
func late(run runner, fresh func(*testing.T) *bench) {
	run("successor in use", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		last := b.rotate(t, 1, b.rotate(t, 0, token))
		b.pass(b.grace)
		b.wantCaught(t, 2, token, last)
	})
	run("session ended", func(t *testing.T) {
		b := fresh(t)
		token, next := b.lost(t)
		b.wantLate(t, 0, token)
		b.revoke(t, 1, next, store.Logout)
		for edge := range b.edges { // in the new grace, or after it
			if v := b.late(t, edge, token, retry).Verdict; v != store.Refused {
				t.Errorf("edge %d: Spend = %v, want refused", edge, v)
			}
		}
	})
	run("late_retry off", func(t *testing.T) {
		b := fresh(t)
		token, next := b.lost(t)
		b.wantSpend(t, token, b.grace, store.Reused)
		b.wantLate(t, 1, token) // at an edge that has it, since nothing ended the session
		b.wantCheck(t, next, store.Live)
	})
	for name, tc := range map[string]struct {
		between int
		allowed bool
	}{
		"another, fifteen rotations on": {store.LateEvery - 1, false},
		"another, sixteen rotations on": {store.LateEvery, true},
	} {
		run(name, func(t *testing.T) {
			b := fresh(t)
			token, next := b.lost(t)
			b.wantLate(t, 0, token)
			for i := range tc.between {
				token, next = next, b.rotate(t, i, next)
			}
			b.pass(b.grace)
			if !tc.allowed {
				b.wantCaught(t, 0, token, next)
				return
			}
			b.wantLate(t, 0, token)
			b.wantCheck(t, next, store.Live)
		})
	}
	run("alternating thief", func(t *testing.T) {
		// Two parties have a token. Each refreshes when its access token expires, the
		// one that comes second by a late retry.
		b := fresh(t)
		token, next := b.lost(t)
		b.wantLate(t, 1, token)
		token, next = next, b.rotate(t, 2, next)
		b.pass(b.grace)
		b.wantCaught(t, 1, token, next)
	})
}

// testLateTime: the ends of late retries that a test does not wait for.
func testLateTime(t *testing.T, fresh func(*testing.T) *bench) {
	t.Run("at the end of late_retry", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		b.rotate(t, 0, token)
		b.Advance(retry - time.Microsecond)
		b.wantLate(t, 0, token)
	})
	t.Run("too late", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		b.Advance(retry)
		b.wantCaught(t, 0, token, next)
	})
	t.Run("successor expired", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		s := b.spending(token, b.grace, b.now(t))
		s.Successor.ExpiresAt = s.Successor.IssuedAt + 60
		if a, err := b.edges[0].Spend(deadline(t), s); err != nil || a.Verdict != store.Rotated {
			t.Fatalf("Spend = %v, %v; want rotated", a.Verdict, err)
		}
		b.Advance(time.Minute)
		b.wantCaught(t, 0, token, as(token, s.Successor)) // there is no successor to give
	})
}
