// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// lateGrace is the grace that a late retry opens.
func lateGrace(run runner, fresh func(*testing.T) *bench) {
	run("lost answer", func(t *testing.T) {
		inTime(t, fresh, func(b *bench) bool {
			token, next := b.lost(t)
			opened := b.wantLate(t, 0, token)
			wantIssued(t, opened.Successor, issued(next))
			// It opens one more grace, whose repeats are not late, also at an edge
			// that would not have allowed the late retry.
			for edge, within := range []time.Duration{retry, b.grace + 1, 0} {
				a := b.late(t, edge, token, within)
				if b.tooLate(a, opened.Now) {
					return false
				}
				if a.Verdict != store.Replayed || a.Late {
					t.Fatalf("edge %d: Spend = %v, late %v; want replayed, not late", edge, a.Verdict, a.Late)
				}
				wantIssued(t, a.Successor, issued(next))
			}
			b.pass(b.grace)
			b.wantCaught(t, 0, token, next)
			return true
		})
	})
	run("eight at once", func(t *testing.T) { // as a page that wakes up sends them
		inTime(t, fresh, func(b *bench) bool {
			token, next := b.lost(t)
			answers := make([]store.Answer, 8)
			together(len(answers), func(i int) {
				s := b.spending(token, b.grace, time.Unix(token.IssuedAt+int64(i), 0))
				s.LateRetry = retry // reuse ends nothing, so that a slow machine may try again
				var err error
				if answers[i], err = b.edges[i%clients].Spend(deadline(t), s); err != nil {
					t.Errorf("Spend: %v", err)
				}
			})
			var opened time.Time
			late := 0
			for _, a := range answers {
				if a.Late {
					opened = a.Now
					late++
				}
			}
			for i, a := range answers {
				if b.tooLate(a, opened) {
					return false
				}
				if a.Verdict != store.Replayed {
					t.Errorf("request %d: Spend = %v, want replayed", i, a.Verdict)
				}
				wantIssued(t, a.Successor, issued(next))
			}
			if late != 1 {
				t.Errorf("%d of the answers are late, want 1", late)
			}
			b.wantCheck(t, next, store.Live)
			return true
		})
	})
	run("straggler of the new grace", func(t *testing.T) {
		inTime(t, fresh, func(b *bench) bool {
			token, next := b.lost(t)
			opened := b.wantLate(t, 0, token)
			newest := b.rotate(t, 1, next) // one of the eight goes on before the others come
			for edge, within := range []time.Duration{retry, 0, retry} {
				a := b.late(t, edge, token, within)
				if b.tooLate(a, opened.Now) {
					return false
				}
				if a.Verdict != store.Straggler {
					t.Errorf("edge %d: Spend = %v, want straggler", edge, a.Verdict)
				}
			}
			b.wantCheck(t, newest, store.Live)
			return true
		})
	})
}
