// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestFacts is the table of the package comment, and what follows from it.
func TestFacts(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const grace = 10 * time.Second
	spent := facts{now: now, known: true, spent: true, spentAt: now.Add(-5 * time.Second), next: true, dated: true, successor: store.Issued{JTI: "s"}}
	with := func(change func(*facts)) facts {
		f := spent
		change(&f)
		return f
	}
	for name, tc := range map[string]struct {
		facts        facts
		spend, check store.Verdict
	}{
		"never seen":                    {facts{now: now}, store.Rotated, store.Live},
		"outstanding":                   {facts{now: now, known: true}, store.Rotated, store.Live},
		"rotated by an edge":            {spent, store.Replayed, store.Spent},
		"long ago":                      {with(func(f *facts) { f.spentAt = now.Add(-grace) }), store.Reused, store.Spent},
		"by a clock far ahead":          {with(func(f *facts) { f.spentAt = now.Add(grace) }), store.Reused, store.Spent},
		"successor spent":               {with(func(f *facts) { f.nextSpent, f.afterNext = true, true }), store.Straggler, store.Spent},
		"successor revoked or Django's": {with(func(f *facts) { f.nextSpent = true }), store.Refused, store.Refused},
		"rotated by Django, or revoked": {facts{now: now, known: true, spent: true, spentAt: now}, store.Refused, store.Refused},
		"successor's row is Django's":   {with(func(f *facts) { f.dated = false }), store.Refused, store.Refused},
		"only the successor known":      {facts{now: now, next: true, dated: true}, store.Reused, store.Spent},
		"flushed, successor revoked":    {facts{now: now, next: true, dated: true, nextSpent: true}, store.Refused, store.Refused},
		"lost, successor spent":         {facts{now: now, known: true, next: true, dated: true, nextSpent: true, afterNext: true}, store.Reused, store.Spent},
	} {
		known := tc.facts.store()
		if got := known.Spend(0, grace); got != tc.spend {
			t.Errorf("%s: Spend = %v, want %v", name, got, tc.spend)
		}
		if got := known.Check(0); got != tc.check {
			t.Errorf("%s: Check = %v, want %v", name, got, tc.check)
		}
	}
}
