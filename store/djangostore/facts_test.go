// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestFacts is the table of the package comment, and what follows from it, for
// the token of step 20.
func TestFacts(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const step, grace, lateRetry = 20, 10 * time.Second, time.Hour
	spent := facts{
		now: now, known: true, spent: true, spentAt: now.Add(-5 * time.Second),
		newer: true, step: step + 1, dated: true, newest: store.Issued{JTI: "s", ExpiresAt: now.Unix() + 60},
	}
	with := func(change func(*facts)) facts {
		f := spent
		change(&f)
		return f
	}
	long := func(change func(*facts)) facts {
		return with(func(f *facts) { f.spentAt = now.Add(-time.Minute); change(f) })
	}
	nothing := func(*facts) {}
	for name, tc := range map[string]struct {
		facts        facts
		spend, check store.Verdict
		late         bool
	}{
		"never seen":                    {facts{now: now}, store.Rotated, store.Live, false},
		"outstanding":                   {facts{now: now, known: true}, store.Rotated, store.Live, false},
		"rotated by an edge":            {spent, store.Replayed, store.Spent, false},
		"by a clock ahead":              {with(func(f *facts) { f.spentAt = now.Add(grace - 1) }), store.Replayed, store.Spent, false},
		"late":                          {long(nothing), store.Replayed, store.Spent, true},
		"too late":                      {with(func(f *facts) { f.spentAt = now.Add(-lateRetry) }), store.Reused, store.Spent, false},
		"late, successor expired":       {long(func(f *facts) { f.newest.ExpiresAt = now.Unix() }), store.Reused, store.Spent, false},
		"late again, at once":           {long(func(f *facts) { f.late, f.lateOn, f.lateAt = true, step, now.Add(-time.Second) }), store.Replayed, store.Spent, false},
		"late again":                    {long(func(f *facts) { f.late, f.lateOn, f.lateAt = true, step, now.Add(-grace) }), store.Reused, store.Spent, false},
		"late 15 steps after another":   {long(func(f *facts) { f.late, f.lateOn = true, step-15 }), store.Reused, store.Spent, false},
		"another was late at once":      {long(func(f *facts) { f.late, f.lateOn, f.lateAt = true, step-1, now.Add(-time.Second) }), store.Reused, store.Spent, false},
		"late 16 steps after another":   {long(func(f *facts) { f.late, f.lateOn = true, step-16 }), store.Replayed, store.Spent, true},
		"late, successor used":          {long(func(f *facts) { f.step++ }), store.Reused, store.Spent, false},
		"successor used":                {with(func(f *facts) { f.step++ }), store.Straggler, store.Spent, false},
		"marked":                        {with(func(f *facts) { f.ended = true }), store.Refused, store.Refused, false},
		"marked, late":                  {long(func(f *facts) { f.ended = true }), store.Refused, store.Refused, false},
		"marked, no rows":               {facts{now: now, ended: true}, store.Refused, store.Refused, false},
		"newest revoked or Django's":    {with(func(f *facts) { f.newerSpent = true }), store.Refused, store.Refused, false},
		"rotated by Django, or revoked": {facts{now: now, known: true, spent: true, spentAt: now}, store.Refused, store.Refused, false},
		"newest row is Django's":        {with(func(f *facts) { f.dated = false }), store.Refused, store.Refused, false},
		"only the successor known":      {facts{now: now, newer: true, step: step + 1, dated: true}, store.Reused, store.Spent, false},
		"flushed, successor revoked":    {facts{now: now, newer: true, step: step + 1, dated: true, newerSpent: true}, store.Refused, store.Refused, false},
	} {
		r := &store.Spend{Grace: grace, LateRetry: lateRetry}
		if got, late := tc.facts.spend(step, r); got != tc.spend || late != tc.late {
			t.Errorf("%s: Spend = %v, late %v; want %v, %v", name, got, late, tc.spend, tc.late)
		}
		if got := tc.facts.check(); got != tc.check {
			t.Errorf("%s: Check = %v, want %v", name, got, tc.check)
		}
	}
}

// TestSpans holds the order of the rows that belong to no token: behind all of
// the session's tokens, late retries by step, ends by time.
func TestSpans(t *testing.T) {
	root := store.Place{Session: "00000000000000000000"}
	first := store.Successor("0f8b2d2e7c6a4c1c9b0e1d2f3a4b5c6d")
	place := store.Locate(first)
	in := func(s span, jti string) bool { return jti >= s.from && jti < s.to }
	issued := store.Issued{JTI: store.Successor(first), IssuedAt: 1_800_000_000, ExpiresAt: 1_800_086_400}
	late, end, later := lateOf(place, &issued), endOf(place, issued.ExpiresAt), endOf(place, 1<<62)
	for what, ok := range map[string]bool{
		"a successor comes after":          in(after(place), store.Successor(first)),
		"the token itself does not":        !in(after(place), first),
		"all come after the root":          in(after(store.Place{Session: place.Session}), first),
		"other sessions do not":            !in(after(root), first),
		"nothing comes after the last":     !in(after(store.Place{Session: place.Session, Step: store.MaxStep}), place.Prefix()+"fffffff000"),
		"rows of no token come after none": !in(after(place), late.jti) && !in(after(place), end.jti),
		"late":                             in(lates(place), late.jti) && !in(lates(place), end.jti),
		"ends":                             in(ends(place), end.jti) && in(ends(place), later.jti) && !in(ends(place), late.jti),
		"kept for longer, further behind":  later.jti > end.jti && later.expires == maxStamp,
		"late retries for sixteen":         late.expires == issued.ExpiresAt+16*86_400,
		"at least a second each":           lateOf(place, &store.Issued{IssuedAt: 9, ExpiresAt: 5}).expires == 5+16,
		"up to the last year":              lateOf(place, &store.Issued{ExpiresAt: 1 << 62}).expires == maxStamp,
	} {
		if !ok {
			t.Errorf("%s: no", what)
		}
	}
	if n, ok := lateStep(late.jti, place); n != place.Step || !ok {
		t.Errorf("lateStep = %d, %v; want %d", n, ok, place.Step)
	}
}
