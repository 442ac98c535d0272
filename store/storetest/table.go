// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// testTable walks the rows of the verdict table, each seen from another edge
// than the one that wrote.
func testTable(t *testing.T, fresh func(*testing.T) *bench) { abreast(t, fresh, table) }

func table(run runner, fresh func(*testing.T) *bench) {
	run("rotated", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		now := b.now(t)
		s := b.spending(token, 0, now)
		asked := *s
		a, err := b.edges[0].Spend(deadline(t), s)
		if err != nil || a.Verdict != store.Rotated {
			t.Fatalf("Spend = %v, %v; want rotated", a.Verdict, err)
		}
		wantIssued(t, a.Successor, asked.Successor)
		if s.Successor != asked.Successor || s.Token.JTI != asked.Token.JTI {
			t.Errorf("Spend changed the request")
		}
		if d := a.Now.Sub(now); d < 0 || d > wait {
			t.Errorf("the store's clock went from %v to %v", now, a.Now)
		}
	})
	run("replayed", func(t *testing.T) {
		inTime(t, fresh, func(b *bench) bool {
			token := b.login(t)
			first := b.spend(t, 0, token, b.grace)
			b.pass(b.grace / 5)
			// A repeat offers its own iat and exp, and gets those of the winner.
			for edge := range b.edges {
				s := b.spending(token, b.grace, first.Now.Add(time.Hour))
				a, err := b.edges[edge].Spend(deadline(t), s)
				if b.tooLate(a, first.Now) {
					return false
				}
				if err != nil || a.Verdict != store.Replayed {
					t.Fatalf("edge %d: Spend = %v, %v; want replayed", edge, a.Verdict, err)
				}
				wantIssued(t, a.Successor, first.Successor)
			}
			b.wantCheck(t, as(token, first.Successor), store.Live)
			return true
		})
	})
	run("reused when the grace is over", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		b.pass(b.grace)
		b.wantSpend(t, token, b.grace, store.Reused)
		b.wantCheck(t, next, store.Live)
	})
	run("the grace counts from the first use", func(t *testing.T) {
		inTime(t, fresh, func(b *bench) bool {
			token := b.login(t)
			first := b.spend(t, 0, token, b.grace)
			b.pass(b.grace * 3 / 5)
			for edge := range b.edges {
				a := b.spend(t, edge, token, b.grace)
				if b.tooLate(a, first.Now) {
					return false
				}
				if a.Verdict != store.Replayed {
					t.Errorf("edge %d: Spend = %v, want replayed", edge, a.Verdict)
				}
			}
			b.pass(b.grace * 3 / 5)
			b.wantSpend(t, token, b.grace, store.Reused)
			return true
		})
	})
	run("reused without grace", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		b.rotate(t, 0, token)
		b.wantSpend(t, token, 0, store.Reused)
	})
	run("straggler", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		last := b.rotate(t, 1, next)
		b.wantSpend(t, token, time.Hour, store.Straggler)
		b.wantSpend(t, token, 0, store.Reused)
		b.wantSpend(t, next, time.Hour, store.Replayed)
		b.wantCheck(t, last, store.Live)
	})
	run("reused when the successor is in use and the grace is over", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		b.rotate(t, 1, b.rotate(t, 0, token))
		b.pass(b.grace)
		b.wantSpend(t, token, b.grace, store.Reused)
	})
	run("refused", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		b.revoke(t, 0, token, store.Logout)
		b.wantSpend(t, token, b.grace, store.Refused)
		b.wantSpend(t, token, 0, store.Refused)
	})
	run("refused when the successor was revoked", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		b.revoke(t, 1, next, store.Logout)
		b.wantSpend(t, token, b.grace, store.Refused) // inside the grace
		b.pass(b.grace)
		b.wantSpend(t, token, b.grace, store.Refused) // and after it
	})
	run("refused beats straggler", func(t *testing.T) {
		b := fresh(t)
		token := b.login(t)
		next := b.rotate(t, 0, token)
		last := b.rotate(t, 0, next)
		b.revoke(t, 1, last, store.Logout)
		b.wantSpend(t, last, time.Hour, store.Refused)
		b.wantSpend(t, next, time.Hour, store.Refused)
		b.wantSpend(t, token, time.Hour, store.Refused)
	})
	run("reuse ends the session", func(t *testing.T) {
		b := fresh(t)
		other, token := b.login(t), b.login(t)
		next := b.rotate(t, 0, token)
		s := b.spending(token, 0, b.now(t))
		s.EndOnReuse = true
		if a, err := b.edges[1].Spend(deadline(t), s); err != nil || a.Verdict != store.Reused {
			t.Fatalf("Spend = %v, %v; want reused", a.Verdict, err)
		}
		b.wantSpend(t, next, time.Hour, store.Refused)
		b.wantSpend(t, token, time.Hour, store.Refused)
		b.wantCheck(t, other, store.Live)
	})
	run("a replay or a straggler ends nothing", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		second := b.rotate(t, 0, first)
		third := b.rotate(t, 1, second)
		for token, want := range map[string]store.Verdict{first.JTI: store.Straggler, second.JTI: store.Replayed} {
			s := b.spending(as(first, store.Issued{JTI: token, ExpiresAt: first.ExpiresAt}), time.Hour, b.now(t))
			s.EndOnReuse = true
			if a, err := b.edges[2].Spend(deadline(t), s); err != nil || a.Verdict != want {
				t.Errorf("Spend = %v, %v; want %v", a.Verdict, err, want)
			}
		}
		b.wantCheck(t, third, store.Live)
	})
	run("eight spendings are known by their time", func(t *testing.T) {
		b := fresh(t)
		var tokens [store.Remembered + 2]store.Token
		tokens[0] = b.login(t)
		for i := range tokens[1:] {
			tokens[i+1] = b.rotate(t, i, tokens[i])
		}
		b.wantSpend(t, tokens[1], time.Hour, store.Straggler)
		if !b.edges[0].Traits().SharesBackend { // it has a row with the time of each
			b.wantSpend(t, tokens[0], time.Hour, store.Reused)
		}
	})
	run("a long session", func(t *testing.T) {
		b := fresh(t)
		first := b.login(t)
		token := first
		for i := range 30 {
			token = b.rotate(t, i, token)
		}
		b.wantSpend(t, first, 0, store.Reused)
		b.wantCheck(t, token, store.Live)
	})
}

// testCheck: the question that writes nothing.
func testCheck(t *testing.T, fresh func(*testing.T) *bench) {
	b := fresh(t)
	live, spent, revoked := b.login(t), b.login(t), b.login(t)
	next := b.rotate(t, 0, spent)
	b.revoke(t, 1, revoked, store.Logout)
	for range 2 {
		b.wantCheck(t, live, store.Live)
		b.wantCheck(t, spent, store.Spent)
		b.wantCheck(t, next, store.Live)
		b.wantCheck(t, revoked, store.Refused)
	}
	// Check does not spend the token.
	b.rotate(t, 2, live)
	b.revoke(t, 0, next, store.Logout)
	b.wantCheck(t, spent, store.Refused)
}

// testStatus: what an operator sees. Errors and purges differ by store, and each
// store's own test checks that the status holds no secret.
func testStatus(t *testing.T, fresh func(*testing.T) *bench) {
	b := fresh(t)
	before := b.edges[0].Status(deadline(t))
	for range 5 {
		b.rotate(t, 0, b.login(t))
	}
	for _, edge := range b.edges {
		s := edge.Status(deadline(t))
		if s.Kind == "" || s.Kind != edge.Traits().Kind || !s.Up || s.LastError != "" {
			t.Errorf("Status = %+v, want kind %q, up, no error", s, edge.Traits().Kind)
		}
		if d := s.Now.Sub(b.now(t)).Abs(); d > wait {
			t.Errorf("Status.Now is %v off the store's clock", d)
		}
		if s.Entries != -1 && s.Entries < before.Entries+5 {
			t.Errorf("Status.Entries = %d after 5 rotations, %d before", s.Entries, before.Entries)
		}
	}
	if d := b.edges[0].Traits().Timeout; d <= 0 {
		t.Errorf("Traits.Timeout = %v, want a bound", d)
	}
}

// wantIssued compares what was handed out, and the text only if the store keeps it.
func wantIssued(t *testing.T, got, want store.Issued) {
	t.Helper()
	if got.JTI != want.JTI || got.IssuedAt != want.IssuedAt || got.ExpiresAt != want.ExpiresAt {
		t.Errorf("successor = %+v, want %+v", got, want)
	}
	if got.Text != "" && got.Text != want.Text {
		t.Errorf("successor's text = %q, want %q", got.Text, want.Text)
	}
}
