// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// late spends a token whose grace may be over, where late retries and the
// detection of reuse are on.
func (b *bench) late(t *testing.T, edge int, token store.Token) store.Answer {
	t.Helper()
	s := b.spending(token, b.grace, b.now(t))
	s.LateRetry, s.EndOnReuse = time.Hour, true
	a, err := b.edges[edge%clients].Spend(deadline(t), s)
	if err != nil {
		t.Fatalf("Spend: %v", err)
	}
	return a
}

// testLate: a client that lost an answer gets it once more after the grace, and reuse
// is still detected.
func testLate(t *testing.T, fresh func(*testing.T) *bench) {
	t.Run("lost answer", func(t *testing.T) {
		inTime(t, fresh, func(b *bench) bool {
			token := b.login(t)
			first := b.spend(t, 0, token, b.grace)
			b.pass(b.grace)
			// The late retry opens one more grace, for all requests that come at
			// once.
			var opened time.Time
			for edge := range b.edges {
				a := b.late(t, edge, token)
				if edge > 0 && b.tooLate(a, opened) {
					return false
				}
				if a.Verdict != store.Replayed {
					t.Fatalf("edge %d: Spend = %v, want replayed", edge, a.Verdict)
				}
				wantIssued(t, a.Successor, first.Successor)
				if edge == 0 {
					opened = a.Now
				}
			}
			b.pass(b.grace)
			if v := b.late(t, 0, token).Verdict; v != store.Reused {
				t.Errorf("the second late retry = %v, want reused", v)
			}
			b.wantSpend(t, as(token, first.Successor), b.grace, store.Refused)
			return true
		})
	})
	t.Run("successor in use", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		last := b.rotate(t, 1, b.rotate(t, 0, token))
		b.pass(b.grace)
		if v := b.late(t, 2, token).Verdict; v != store.Reused {
			t.Errorf("Spend = %v, want reused", v)
		}
		b.wantSpend(t, last, b.grace, store.Refused)
	})
	t.Run("sixteen rotations between two", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		b.pass(b.grace)
		if v := b.late(t, 0, token).Verdict; v != store.Replayed {
			t.Fatalf("the first late retry = %v, want replayed", v)
		}
		for i := range store.LateEvery {
			token, next = next, b.rotate(t, i, next)
		}
		b.pass(b.grace)
		if v := b.late(t, 0, token).Verdict; v != store.Replayed {
			t.Errorf("the second late retry after 16 rotations = %v, want replayed", v)
		}
		b.wantCheck(t, next, store.Live)
	})
	t.Run("alternating thief", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		for round := range 2 {
			b.pass(b.grace)
			v := b.late(t, round, token).Verdict // the side that did not get the answer
			if round == 0 && v != store.Replayed || round == 1 && v != store.Reused {
				t.Fatalf("round %d: Spend = %v; want replayed, then reused", round, v)
			}
			if round == 0 {
				token, next = next, b.rotate(t, round, next) // the side that did
			}
		}
		b.wantSpend(t, next, b.grace, store.Refused)
	})
	if fresh(t).Advance == nil {
		return
	}
	t.Run("too late", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		b.rotate(t, 0, token)
		b.Advance(time.Hour)
		if v := b.late(t, 0, token).Verdict; v != store.Reused {
			t.Errorf("Spend after an hour = %v, want reused", v)
		}
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
		if v := b.late(t, 0, token).Verdict; v != store.Reused {
			t.Errorf("Spend = %v, want reused: there is no successor to give", v)
		}
	})
}

// testForgotten: a store says that it lost data, and does not refuse the user for it.
func testForgotten(t *testing.T, fresh func(*testing.T) *bench) {
	if fresh(t).Forget == nil {
		return
	}
	b := fresh(t)
	first := b.login(t)
	second := b.rotate(t, 0, first)
	third := b.rotate(t, 0, second)
	b.Forget(t, b.site, first.JTI)
	b.wantCheck(t, third, store.Live)
	if a := b.spend(t, 1, third, b.grace); a.Verdict != store.Rotated || !a.Forgot {
		t.Errorf("Spend of a token whose session was forgotten = %v, forgot %v; want rotated, true", a.Verdict, a.Forgot)
	}
	b.wantSpend(t, second, 0, store.Reused) // it must have been spent
	b.wantSpend(t, first, time.Hour, store.Reused)
	if a := b.spend(t, 2, b.login(t), b.grace); a.Forgot {
		t.Error("Spend of a login's token says that the store forgot")
	}
}
