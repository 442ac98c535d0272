// SPDX-License-Identifier: Apache-2.0

// Package storetest is the suite that every store of spent tokens must pass. A
// store's test needs one line:
//
//	storetest.Run(t, func(t *testing.T) storetest.Opener { ... })
//
// It uses a store through several clients at once, as several edges do, and tests
// only what package store promises.
package storetest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Opener is one resource (a file, a database) that nobody else uses, and what a
// test may do with it.
type Opener struct {
	// Open returns another client of the resource, as another edge would have.
	// It is closed by t.Cleanup.
	Open func(t *testing.T) store.Store

	// Advance moves the resource's clock, which otherwise stands still. It is nil if
	// a test cannot move the clock: then time passes by itself, and what takes hours
	// is not tested.
	Advance func(d time.Duration)

	// Forget removes the record of a token's session behind the store's back, as
	// a failover that loses data does. Nil where a test cannot do that.
	Forget func(t *testing.T, name, jti string)

	// Issue tells the resource of a token that was handed out at login, as Django's
	// own view does. It is nil if the store does not need to know.
	Issue func(t *testing.T, token store.Token)
}

// Run runs the suite. fresh is called once a test.
func Run(t *testing.T, fresh func(t *testing.T) Opener) {
	for _, group := range []struct {
		name string
		run  func(*testing.T, func(*testing.T) *bench)
	}{
		{"Table", testTable},
		{"Check", testCheck},
		{"Revoke", testRevoke},
		{"Late", testLate},
		{"Forgotten", testForgotten},
		{"CutOff", testCutOff},
		{"Concurrency", testConcurrency},
		{"Races", testRaces},
		{"Text", testText},
		{"Isolation", testIsolation},
		{"Context", testContext},
		{"Time", testTime},
		{"Status", testStatus},
		{"Model", testModel},
	} {
		t.Run(group.name, func(t *testing.T) {
			group.run(t, func(t *testing.T) *bench { return newBench(t, fresh(t)) })
		})
	}
}

const (
	clients = 3 // how many edges a test has
	day     = 24 * time.Hour
	wait    = time.Minute // no operation may take this long
)

// bench is a resource with its clients and the helpers that tests are written with.
type bench struct {
	Opener
	t     *testing.T
	edges []store.Store
	grace time.Duration // a grace that a test can outlast
	site  string
}

func newBench(t *testing.T, o Opener) *bench {
	b := &bench{Opener: o, t: t, grace: 10 * time.Second, site: "shop"}
	if o.Advance == nil {
		b.grace = time.Second
	}
	for range clients {
		b.edges = append(b.edges, o.Open(t))
	}
	return b
}

// pass lets time go by.
func (b *bench) pass(d time.Duration) {
	if b.Advance != nil {
		b.Advance(d)
		return
	}
	time.Sleep(d)
}

// runner is testing.T.Run.
type runner func(name string, f func(*testing.T))

// abreast runs tests that wait for a grace to end. Where time passes by itself they run
// at once on one resource, each with tokens of its own, so that the waiting counts
// once. They are no parallel tests, of which there are only as many as processors.
func abreast(t *testing.T, fresh func(*testing.T) *bench, tests func(run runner, fresh func(*testing.T) *bench)) {
	shared := fresh(t)
	if shared.Advance != nil {
		tests(func(name string, f func(*testing.T)) { t.Run(name, f) }, fresh)
		return
	}
	var wg sync.WaitGroup
	tests(func(name string, f func(*testing.T)) {
		wg.Go(func() { t.Run(name, f) })
	}, func(*testing.T) *bench {
		b := *shared
		return &b
	})
	wg.Wait()
}

// inTime runs a test that has to be faster than a grace. On a busy machine it may be
// too slow for a clock that the test cannot move: then f reports false, and is tried
// again with a grace twice as long.
func inTime(t *testing.T, fresh func(*testing.T) *bench, f func(b *bench) bool) {
	t.Helper()
	const longest = 64
	for times := 1; times <= longest; times *= 2 {
		b := fresh(t)
		for double := 1; double < times; double *= 2 {
			b.grace += b.grace
		}
		if f(b) {
			return
		}
	}
	t.Fatalf("no try was faster than a grace, the longest of them %d times the first", longest)
}

// tooLate reports whether a token spent at the time spent was refused because the
// test did not come back within the grace.
func (b *bench) tooLate(a store.Answer, spent time.Time) bool {
	return b.Advance == nil && a.Verdict == store.Reused && a.Now.Sub(spent) >= b.grace
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), wait)
	t.Cleanup(cancel)
	return ctx
}

// now is the store's clock.
func (b *bench) now(t *testing.T) time.Time {
	t.Helper()
	return b.check(t, 0, store.Token{JTI: "00000000000000000000000000000000"}).Now
}

// login returns a token that is new to the store: of user 7, a minute old, good
// for a day.
func (b *bench) login(t *testing.T) store.Token {
	t.Helper()
	now := b.now(t).Unix()
	token := store.Token{
		JTI:      drawJTI(),
		IssuedAt: now - 60, ExpiresAt: now - 60 + int64(day/time.Second),
		User: store.User{ID: "7", Kind: store.IntegerUser},
	}
	return b.issue(t, token)
}

// drawJTI draws a jti as SimpleJWT does: uuid4().hex.
func drawJTI() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

func (b *bench) issue(t *testing.T, token store.Token) store.Token {
	t.Helper()
	token = written(token)
	if b.Issue != nil {
		b.Issue(t, token)
	}
	return token
}

// written fills in the fields that only stores that keep tokens read.
func written(token store.Token) store.Token {
	text := "text of " + token.JTI
	token.Text = text
	token.Reencode = func() (string, error) { return text, nil }
	return token
}

// next is what an edge hands out for token: its successor, issued now.
func (b *bench) next(token store.Token, now time.Time) store.Issued {
	jti := store.Successor(token.JTI)
	return store.Issued{
		JTI: jti, Text: "text of " + jti,
		IssuedAt: now.Unix(), ExpiresAt: now.Add(day).Unix(),
	}
}

// as returns the successor s of before as a token that can be presented.
func as(before store.Token, s store.Issued) store.Token {
	return written(store.Token{JTI: s.JTI, IssuedAt: s.IssuedAt, ExpiresAt: s.ExpiresAt, User: before.User})
}

func (b *bench) check(t *testing.T, edge int, token store.Token) store.Answer {
	t.Helper()
	a, err := b.edges[edge%clients].Check(deadline(t), &store.Check{Name: b.site, Token: token})
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	return a
}

func (b *bench) spending(token store.Token, grace time.Duration, now time.Time) *store.Spend {
	return &store.Spend{Name: b.site, Token: token, Successor: b.next(token, now), Grace: grace}
}

// spend spends through one of the edges.
func (b *bench) spend(t *testing.T, edge int, token store.Token, grace time.Duration) store.Answer {
	t.Helper()
	a, err := b.edges[edge%clients].Spend(deadline(t), b.spending(token, grace, b.now(t)))
	if err != nil {
		t.Fatalf("Spend: %v", err)
	}
	return a
}

// rotate spends a token that must be fresh and returns its successor.
func (b *bench) rotate(t *testing.T, edge int, token store.Token) store.Token {
	t.Helper()
	a := b.spend(t, edge, token, b.grace)
	if a.Verdict != store.Rotated {
		t.Fatalf("Spend of a fresh token = %v, want rotated", a.Verdict)
	}
	return as(token, a.Successor)
}

func (b *bench) revoke(t *testing.T, edge int, token store.Token, reason store.Reason) store.RevokeAnswer {
	t.Helper()
	a, err := b.edges[edge%clients].Revoke(deadline(t), &store.Revocation{Name: b.site, Token: token, Reason: reason})
	if err != nil {
		t.Fatalf("Revoke: %v", err)
	}
	return a
}

func (b *bench) cutOff(t *testing.T, edge int, user store.User) store.CutOffAnswer {
	t.Helper()
	a, err := b.edges[edge%clients].CutOff(deadline(t), &store.CutOff{Name: b.site, User: user, Second: b.now(t).Unix()})
	if err != nil {
		t.Fatalf("CutOff: %v", err)
	}
	return a
}

// wantSpend and wantCheck hold every edge to one verdict.
func (b *bench) wantSpend(t *testing.T, token store.Token, grace time.Duration, want store.Verdict) {
	t.Helper()
	for edge := range b.edges {
		if got := b.spend(t, edge, token, grace).Verdict; got != want {
			t.Errorf("edge %d: Spend = %v, want %v", edge, got, want)
		}
	}
}

func (b *bench) wantCheck(t *testing.T, token store.Token, want store.Verdict) {
	t.Helper()
	for edge := range b.edges {
		if got := b.check(t, edge, token).Verdict; got != want {
			t.Errorf("edge %d: Check = %v, want %v", edge, got, want)
		}
	}
}
