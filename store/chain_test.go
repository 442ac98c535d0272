// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"errors"
	"testing"
	"time"
)

// chain is a session of n+1 tokens for tests: token i expires at exp(i), all but
// the last are spent, and those that known rejects are forgotten.
type chain struct {
	jtis    []string
	place   map[string]int
	exp     func(i int) int64
	known   func(i int) bool
	batches int
	looked  int
}

func newChain(n int, exp func(int) int64, known func(int) bool) *chain {
	c := &chain{place: map[string]int{}, exp: exp, known: known}
	for jti, i := "00aa", 0; i <= n; i++ {
		c.jtis, c.place[jti] = append(c.jtis, jti), i
		jti = Successor(jti)
	}
	return c
}

func (c *chain) look(_ context.Context, links []Link) error {
	c.batches++
	c.looked += len(links)
	for i := range links {
		at, ok := c.place[links[i].JTI]
		if !ok || at == len(c.jtis)-1 || !c.known(at) {
			continue
		}
		links[i].Known, links[i].Spent, links[i].NextExpires = true, true, c.exp(at+1)
	}
	return nil
}

func always(int) bool { return true }

// TestKill finds the newest token of sessions of all sorts, from the token given
// on, and looks no further than it must.
func TestKill(t *testing.T) {
	day := int64(86_400)
	fresh := func(int) int64 { return noon.Unix() + day }
	// A 30-day login whose rotated tokens live a day, renewed every five
	// minutes for three days: the records of the first two days are gone.
	remembered := func(i int) int64 { return noon.Unix() - 3*day + day + int64(i)*300 }
	young := func(i int) bool { return i == 0 || remembered(i) > noon.Unix() }
	for name, tc := range map[string]struct {
		chain   *chain
		from    int
		exp     int64
		batches int
	}{
		"newest token at logout":      {newChain(0, fresh, always), 0, fresh(0), 1},
		"spent token at logout":       {newChain(1, fresh, always), 0, fresh(0), 1},
		"one batch exactly":           {newChain(firstBatch-1, fresh, always), 0, fresh(0), 1},
		"one batch and one":           {newChain(firstBatch, fresh, always), 0, fresh(0), 2},
		"long session":                {newChain(5_000, fresh, always), 0, fresh(0), 11},
		"from the middle":             {newChain(100, fresh, always), 60, fresh(60), 1},
		"records in between are gone": {newChain(864, remembered, young), 0, noon.Unix() + 27*day, 3},
		"first token lost":            {newChain(3, fresh, func(i int) bool { return i != 0 }), 0, fresh(0), 1},
		"hole by lost data":           {newChain(40, fresh, func(i int) bool { return i != 20 }), 0, fresh(0), 1},
		"unknown jti of an old token": {newChain(864, remembered, func(i int) bool { return i > 0 && young(i) }), 0, 0, 3},
		"jti nobody knows":            {newChain(0, fresh, always), 0, 0, 40},
		"as long as can be":           {newChain(MaxSteps, fresh, always), 0, fresh(0), 40},
	} {
		var marked Link
		from := Token{JTI: tc.chain.jtis[tc.from], ExpiresAt: tc.exp}
		newest, steps, err := Kill(t.Context(), noon, from, tc.chain.look, func(_ context.Context, l Link) (bool, error) {
			marked = l
			return true, nil
		})
		last := len(tc.chain.jtis) - 1
		if err != nil || newest.JTI != tc.chain.jtis[last] || marked.JTI != newest.JTI || steps != last-tc.from {
			t.Errorf("%s: Kill = token %d after %d steps, %v; want token %d after %d", name, tc.chain.place[newest.JTI], steps, err, last, last-tc.from)
		}
		if steps > 0 && newest.Expires != tc.chain.exp(last) {
			t.Errorf("%s: the newest token expires at %d, want %d", name, newest.Expires, tc.chain.exp(last))
		}
		if tc.chain.batches != tc.batches || tc.chain.looked > MaxSteps+1 {
			t.Errorf("%s: looked up %d tokens in %d batches, want %d batches", name, tc.chain.looked, tc.chain.batches, tc.batches)
		}
	}
}

// TestKillOvertaken guards the race of a kill with a refresh: the token that was
// newest when the walk ended is spent when it is to be marked.
func TestKillOvertaken(t *testing.T) {
	c := newChain(6, func(int) int64 { return noon.Unix() + 60 }, always)
	now := 3 // how far the session is
	c.known = func(i int) bool { return i < now }
	newest, steps, err := Kill(t.Context(), noon, Token{JTI: c.jtis[0]}, c.look, func(_ context.Context, l Link) (bool, error) {
		if at := c.place[l.JTI]; at != now {
			t.Fatalf("marking token %d, want %d", at, now)
		}
		if now < 6 {
			now++
			return false, nil
		}
		return true, nil
	})
	if err != nil || newest.JTI != c.jtis[6] || steps != 6 {
		t.Errorf("Kill = %q after %d steps, %v; want the seventh token", newest.JTI, steps, err)
	}
}

// TestKillKnownEnd is a store that knows tokens before they are spent, as
// Django's outstanding table does: the last one known is the newest.
func TestKillKnownEnd(t *testing.T) {
	c := newChain(5, func(int) int64 { return 0 }, always)
	look := func(ctx context.Context, links []Link) error {
		if err := c.look(ctx, links); err != nil {
			return err
		}
		for i := range links {
			if links[i].JTI == c.jtis[5] {
				links[i].Known, links[i].Expires = true, 77
			}
		}
		return nil
	}
	mark := func(context.Context, Link) (bool, error) { return true, nil }
	newest, steps, err := Kill(t.Context(), noon, Token{JTI: c.jtis[2]}, look, mark)
	if err != nil || newest.JTI != c.jtis[5] || newest.Expires != 77 || steps != 3 || c.batches != 1 {
		t.Errorf("Kill = %+v after %d steps and %d batches, %v", newest, steps, c.batches, err)
	}
}

func TestKillFails(t *testing.T) {
	boom := errors.New("boom")
	c := newChain(MaxSteps+1, func(int) int64 { return noon.Unix() + 60 }, always)
	lookFails := func(context.Context, []Link) error { return boom }
	ok := func(context.Context, Link) (bool, error) { return true, nil }
	over, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		look Look
		mark Mark
		want error
	}{
		"look":     {t.Context(), lookFails, ok, boom},
		"mark":     {t.Context(), newChain(0, nil, always).look, func(context.Context, Link) (bool, error) { return false, boom }, boom},
		"too long": {t.Context(), c.look, ok, ErrChainTooLong},
		"deadline": {over, newChain(0, nil, always).look, func(context.Context, Link) (bool, error) { return false, nil }, context.DeadlineExceeded},
	} {
		from := Token{JTI: "00aa", ExpiresAt: noon.Unix() + 60}
		if _, _, err := Kill(tc.ctx, noon, from, tc.look, tc.mark); !errors.Is(err, tc.want) {
			t.Errorf("%s: Kill: %v, want %v", name, err, tc.want)
		}
	}
}
