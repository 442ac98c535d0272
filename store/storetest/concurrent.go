// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const crowd = 64

// together runs f once for each of n goroutines, which start at one moment.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// testConcurrency: a crowd on one token, and many sessions at once, over all edges.
func testConcurrency(t *testing.T, fresh func(*testing.T) *bench) {
	for name, tc := range map[string]struct {
		grace  time.Duration
		losers store.Verdict
	}{
		"strict": {0, store.Reused},
		"grace":  {time.Hour, store.Replayed},
	} {
		t.Run(name, func(t *testing.T) {
			b := fresh(t)
			for range 5 {
				b.race(t, tc.grace, tc.losers)
			}
		})
	}
	t.Run("sessions side by side", func(t *testing.T) {
		b := fresh(t)
		firsts := make([]store.Token, crowd)
		for i := range firsts {
			firsts[i] = b.login(t)
		}
		lasts := make([]store.Token, crowd)
		together(crowd, func(i int) {
			token := firsts[i]
			for step := range 10 {
				a, err := b.edges[(i+step)%clients].Spend(deadline(t), b.spending(token, 0, time.Unix(token.IssuedAt+60, 0)))
				if err != nil || a.Verdict != store.Rotated {
					t.Errorf("session %d, step %d: Spend = %v, %v; want rotated", i, step, a.Verdict, err)
					return
				}
				token = as(token, a.Successor)
			}
			lasts[i] = token
		})
		for i := range firsts {
			if v := b.check(t, i, firsts[i]).Verdict; v != store.Spent {
				t.Errorf("session %d: Check of the first token = %v, want spent", i, v)
			}
			if v := b.check(t, i, lasts[i]).Verdict; v != store.Live {
				t.Errorf("session %d: Check of the last token = %v, want live", i, v)
			}
		}
	})
}

// race lets a crowd spend one token, each with an iat of its own.
func (b *bench) race(t *testing.T, grace time.Duration, losers store.Verdict) {
	t.Helper()
	token, now := b.login(t), b.now(t)
	answers := make([]store.Answer, crowd)
	together(crowd, func(i int) {
		s := b.spending(token, grace, now.Add(time.Duration(i)*time.Second))
		a, err := b.edges[i%clients].Spend(deadline(t), s)
		if err != nil {
			t.Errorf("Spend: %v", err)
		}
		answers[i] = a
	})
	var winner store.Answer
	counts := map[store.Verdict]int{}
	for _, a := range answers {
		counts[a.Verdict]++
		if a.Verdict == store.Rotated {
			winner = a
		}
	}
	if counts[store.Rotated] != 1 || counts[losers] != crowd-1 {
		t.Errorf("verdicts %v, want one rotated, all others %v", counts, losers)
	}
	for _, a := range answers {
		if a.Verdict == store.Replayed {
			wantIssued(t, a.Successor, winner.Successor)
		}
	}
}

// testRaces: operations of different kinds that meet on one session.
func testRaces(t *testing.T, fresh func(*testing.T) *bench) {
	rounds := 15
	t.Run("kill and spend", func(t *testing.T) {
		b := fresh(t)
		for round := range rounds {
			first := b.login(t)
			newest := b.overtake(t, first, round, func() error {
				if round%3 == 2 { // a thief comes with the first token
					s := b.spending(first, 0, time.Unix(first.IssuedAt, 0))
					s.EndOnReuse = true
					_, err := b.edges[1].Spend(deadline(t), s)
					return err
				}
				_, err := b.edges[1].Revoke(deadline(t), &store.Revocation{Name: b.site, Token: first, Reason: store.Reason(round % 3)})
				return err
			})
			b.wantCheck(t, newest, store.Refused)
			b.wantSpend(t, newest, time.Hour, store.Refused)
		}
	})
	t.Run("two kills and spend", func(t *testing.T) {
		b := fresh(t)
		for round := range rounds {
			first := b.login(t)
			newest := b.overtake(t, first, round, func() error {
				errs := make([]error, 2)
				together(2, func(i int) {
					_, errs[i] = b.edges[i].Revoke(deadline(t), &store.Revocation{Name: b.site, Token: first})
				})
				if errs[0] != nil {
					return errs[0]
				}
				return errs[1]
			})
			b.wantCheck(t, newest, store.Refused)
		}
	})
	t.Run("cut-off and spend", func(t *testing.T) {
		b := fresh(t)
		for round := range rounds {
			user := store.User{ID: fmt.Sprint("u", round), Kind: store.TextUser}
			first := b.login(t)
			first.User = user
			newest := b.overtake(t, b.issue(t, first), round, func() error {
				_, err := b.edges[2].CutOff(deadline(t), &store.CutOff{Name: b.site, User: user, Second: first.IssuedAt})
				return err
			})
			b.wantCheck(t, newest, store.Refused)
		}
	})
}

// overtake rotates a session until it is refused. After that many steps it calls end
// at the same time. It returns the newest token that was handed out. All tokens of
// the session have one iat.
func (b *bench) overtake(t *testing.T, token store.Token, steps int, end func() error) store.Token {
	t.Helper()
	issued := time.Unix(token.IssuedAt, 0)
	var wg sync.WaitGroup
	ended := make(chan struct{})
	for step, after := 0, 0; ; step++ {
		if step == steps {
			wg.Go(func() {
				defer close(ended)
				if err := end(); err != nil {
					t.Errorf("ending the session: %v", err)
				}
			})
		}
		select {
		case <-ended:
			after++
		default:
		}
		if after > 1 {
			t.Errorf("the session goes on after its end, at step %d", step)
			break
		}
		a, err := b.edges[step%clients].Spend(deadline(t), b.spending(token, 0, issued))
		if err != nil {
			t.Errorf("Spend: %v", err)
		}
		if a.Verdict != store.Rotated {
			if a.Verdict != store.Refused {
				t.Errorf("Spend = %v, want rotated, in the end refused", a.Verdict)
			}
			break
		}
		token = as(token, a.Successor)
	}
	wg.Wait()
	return token
}
