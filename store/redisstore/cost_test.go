// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// rotations is how many rotations a test makes: ROTATIONS, else few.
func rotations(t testing.TB, few int) int {
	text := os.Getenv("ROTATIONS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("ROTATIONS: %v", err)
	}
	return n
}

// A thousand sessions are a thousand keys, however often they rotate.
// ROTATIONS is how often in all (make long: 1 000 000).
func TestKeysOfManyRotations(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	const sessions = 1000
	n := rotations(t, 50_000)
	tokens := make(chan store.Token, sessions)
	for range sessions {
		tokens <- login()
	}
	parallel(n, func() {
		token := <-tokens
		a, err := s.Spend(context.Background(), spending(token, 0))
		if err != nil || a.Verdict != store.Rotated {
			t.Errorf("Spend = %v, %v; want rotated", a.Verdict, err)
		}
		token.JTI = a.Successor.JTI
		tokens <- token
	})
	keys, err := strconv.Atoi(server.Do("DBSIZE"))
	if err != nil || keys != sessions+1 { // and the layout's
		t.Errorf("%d sessions are %d keys after %d rotations, %v; want one each, and one for the layout", sessions, keys, n, err)
	}
	t.Logf("%d sessions after %d rotations: %d keys", sessions, n, keys)
}

// long is how many times the sessions of the tests below have rotated.
const long = 1_000_000

// rotated returns the tokens of a session that has rotated n times: the first,
// one in the middle and the newest.
func rotated(t testing.TB, s *Store, n uint32) [3]store.Token {
	t.Helper()
	first := login()
	at := func(step uint32) store.Token {
		token := first
		if step > 0 {
			token.JTI = jtiAt(store.Locate(first.JTI), step)
		}
		return token
	}
	// The record is the same as if all had been spent: the last eight count.
	newest := at(max(n, 9) - 9)
	for store.Locate(newest.JTI).Step < n {
		if a, err := s.Spend(t.Context(), spending(newest, 0)); err != nil || a.Verdict != store.Rotated {
			t.Fatalf("Spend = %v, %v; want rotated", a.Verdict, err)
		}
		newest.JTI = store.Successor(newest.JTI)
	}
	return [3]store.Token{first, at(n / 2), newest}
}

// Ending a session costs the same after a million rotations as after ten, from
// its first, a middle and its newest token, also while others rotate it, and
// the newest is refused at once.
func TestEndCost(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	for _, busy := range []bool{false, true} {
		var took [2][]time.Duration
		for i := range 200 {
			for j, n := range []uint32{10, long} {
				tokens := rotated(t, s, n)
				took[j] = append(took[j], end(t, s, tokens, tokens[i%3], busy))
			}
		}
		ratio := median(took[1]) / median(took[0])
		t.Logf("ending a session of %d rotations, clients that rotate it meanwhile: %v: %.2f times as long as one of 10 (%v)",
			long, busy, ratio, time.Duration(median(took[0])))
		if ratio > 1.5 {
			t.Errorf("ending a session of %d rotations takes %.2f times as long as one of 10", long, ratio)
		}
	}
}

// end ends a session from one of its tokens, while eight clients rotate it if
// asked to, and returns how long that took.
func end(t *testing.T, s *Store, tokens [3]store.Token, from store.Token, busy bool) time.Duration {
	t.Helper()
	var newest atomic.Pointer[store.Token]
	newest.Store(&tokens[2])
	var wg sync.WaitGroup
	var over atomic.Bool
	if busy {
		for range 8 {
			wg.Go(func() {
				for !over.Load() {
					token := *newest.Load()
					a, err := s.Spend(t.Context(), spending(token, time.Hour))
					if err == nil && a.Verdict == store.Rotated {
						token.JTI = a.Successor.JTI
						newest.Store(&token)
					}
				}
			})
		}
	}
	began := time.Now()
	a, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: from})
	took := time.Since(began)
	if err != nil || a.Before == store.Refused {
		t.Fatalf("Revoke = %+v, %v", a, err)
	}
	over.Store(true)
	wg.Wait()
	if c, err := s.Check(t.Context(), &store.Check{Name: "shop", Token: *newest.Load()}); err != nil || c.Verdict != store.Refused {
		t.Fatalf("Check of the newest token = %v, %v; want refused", c.Verdict, err)
	}
	return took
}

func median(d []time.Duration) float64 {
	d = slices.Sorted(slices.Values(d))
	return float64(d[len(d)/2])
}

// BenchmarkBesideReuse measures what 32 requests a second with the oldest token
// of a session of a million rotations, each of which tries to end it, leave a
// client beside them: `ratio` is the client's rate with them by the one without,
// the median of pairs that take turns.
func BenchmarkBesideReuse(b *testing.B) {
	server := redistest.Start(b)
	s := anotherEdge(b, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	oldest := rotated(b, s, long)[0]
	token := login()
	count := func(d time.Duration) (n int) {
		for end := time.Now().Add(d); time.Now().Before(end); n++ {
			a, err := s.Spend(b.Context(), spending(token, 0))
			if err != nil || a.Verdict != store.Rotated {
				b.Fatalf("Spend = %v, %v; want rotated", a.Verdict, err)
			}
			token.JTI = a.Successor.JTI
		}
		return n
	}
	var ratios []float64
	for b.Loop() {
		for pair := range 31 {
			var rates [2]int
			for turn := range 2 {
				attacked := (turn + pair) % 2
				stop := make(chan struct{})
				var wg sync.WaitGroup
				if attacked == 1 {
					wg.Go(func() { attack(b, s, oldest, stop) })
				}
				rates[attacked] = count(250 * time.Millisecond)
				close(stop)
				wg.Wait()
			}
			ratios = append(ratios, float64(rates[1])/float64(rates[0]))
		}
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(ratios[0], "ratio-min")
}

func attack(b *testing.B, s *Store, oldest store.Token, stop <-chan struct{}) {
	tick := time.NewTicker(time.Second / 32)
	defer tick.Stop()
	for {
		sp := spending(oldest, 10*time.Second)
		sp.EndOnReuse = true
		if _, err := s.Spend(context.Background(), sp); err != nil {
			b.Error(fmt.Errorf("the attacker's Spend: %w", err))
		}
		select {
		case <-stop:
			return
		case <-tick.C:
		}
	}
}
