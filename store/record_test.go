// SPDX-License-Identifier: Apache-2.0

package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// rotated is the record of a session at step last, whose latest spendings are of
// the ages given, the latest first.
func rotated(last uint32, ages ...time.Duration) Record {
	r := Record{Last: last, IssuedAt: noon.Unix() - 60, ExpiresAt: noon.Unix() + 60, Keep: noon.Unix() + 3660}
	for i, age := range ages {
		r.SpentAt[i] = noon.Add(-age).UnixMicro()
	}
	return r
}

func with(r Record, change func(*Record)) Record {
	change(&r)
	return r
}

// TestSpend walks the table of the package comment, in its order, with the edges
// of each row.
func TestSpend(t *testing.T) {
	const grace, late = 10 * time.Second, time.Hour
	ended := func(r *Record) { r.Ended = true }
	retried := func(step uint32) func(*Record) { return func(r *Record) { r.Late = step + 1 } }
	for name, tc := range map[string]struct {
		record       Record
		step         uint32
		void         bool
		grace, late  time.Duration
		spend, check Verdict
		forgot       bool
	}{
		"nothing":                       {Record{}, 0, false, grace, 0, Rotated, Live, false},
		"newest":                        {rotated(3, time.Second), 3, false, grace, 0, Rotated, Live, false},
		"ended":                         {with(rotated(3, time.Second), ended), 3, false, grace, late, Refused, Refused, false},
		"ended, spent just now":         {with(rotated(3, time.Second), ended), 2, false, grace, late, Refused, Refused, false},
		"ended, spent long ago":         {with(rotated(3, time.Hour), ended), 1, false, grace, late, Refused, Refused, false},
		"ended, never rotated":          {with(Record{Keep: noon.Unix()}, ended), 0, false, grace, 0, Refused, Refused, false},
		"ended, later than known":       {with(rotated(3), ended), 9, false, grace, 0, Refused, Refused, false},
		"ended, forgotten":              {with(Record{Keep: noon.Unix() - 1}, ended), 0, false, grace, 0, Rotated, Live, false},
		"cut off":                       {Record{}, 0, true, grace, 0, Refused, Refused, false},
		"cut off, spent just now":       {rotated(1, 0), 0, true, grace, late, Refused, Refused, false},
		"spent just now":                {rotated(1, 0), 0, false, grace, 0, Replayed, Spent, false},
		"spent at the end of the grace": {rotated(1, grace-time.Microsecond), 0, false, grace, 0, Replayed, Spent, false},
		"spent, grace over":             {rotated(1, grace), 0, false, grace, 0, Reused, Spent, false},
		"spent, no grace":               {rotated(1, 0), 0, false, 0, 0, Reused, Spent, false},
		"spent in the future":           {rotated(1, -5*time.Second), 0, false, grace, 0, Replayed, Spent, false},
		"spent in the far future":       {rotated(1, -time.Minute), 0, false, grace, 0, Reused, Spent, false},
		"spent, time unknown":           {rotated(1), 0, false, grace, 0, Reused, Spent, false},
		"straggler":                     {rotated(2, 0, time.Second), 0, false, grace, 0, Straggler, Spent, false},
		"straggler, eighth":             {rotated(9, 0, 1, 2, 3, 4, 5, 6, 7), 1, false, grace, 0, Straggler, Spent, false},
		"straggler, ninth":              {rotated(9, 0, 1, 2, 3, 4, 5, 6, 7), 0, false, grace, 0, Reused, Spent, false},
		"straggler, grace over":         {rotated(2, 0, grace), 0, false, grace, 0, Reused, Spent, false},
		"straggler, no grace":           {rotated(2, 0, 0), 0, false, 0, 0, Reused, Spent, false},
		"straggler, no late retry":      {rotated(2, 0, grace), 0, false, grace, late, Reused, Spent, false},
		"later than known":              {rotated(3, 0), 4, false, grace, 0, Rotated, Live, true},
		"derived, unknown":              {Record{}, 1, false, grace, 0, Rotated, Live, true},
		"derived, record too old":       {with(rotated(5, 0), func(r *Record) { r.Keep = noon.Unix() - 1 }), 1, false, grace, 0, Rotated, Live, true},
		"late":                          {rotated(1, grace), 0, false, grace, late, Replayed, Spent, false},
		"late, at the end":              {rotated(1, late-time.Microsecond), 0, false, grace, late, Replayed, Spent, false},
		"too late":                      {rotated(1, late), 0, false, grace, late, Reused, Spent, false},
		"late, successor expired":       {with(rotated(1, grace), func(r *Record) { r.ExpiresAt = noon.Unix() }), 0, false, grace, late, Reused, Spent, false},
		"late, again":                   {with(rotated(1, grace), retried(0)), 0, false, grace, late, Reused, Spent, false},
		"late, within the grace":        {with(rotated(1, grace-time.Microsecond), retried(0)), 0, false, grace, late, Replayed, Spent, false},
		"late, 15 rotations on":         {with(rotated(16, grace), retried(0)), 15, false, grace, late, Reused, Spent, false},
		"late, 16 rotations on":         {with(rotated(17, grace), retried(0)), 16, false, grace, late, Replayed, Spent, false},
	} {
		before := tc.record
		if got := before.Check(tc.step, tc.void, noon); got != tc.check || before != tc.record {
			t.Errorf("%s: Check = %v, want %v and the record as it was", name, got, tc.check)
		}
		s := &Spend{Grace: tc.grace, LateRetry: tc.late, Successor: Issued{JTI: "next", IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90}}
		got, changed := tc.record.Spend(s, tc.step, tc.void, noon)
		late := tc.spend == Replayed && !WithinGrace(noon, time.UnixMicro(before.SpentAt[0]), tc.grace)
		want := Answer{Verdict: tc.spend, Now: noon, Forgot: tc.forgot, Late: late}
		switch tc.spend {
		case Rotated:
			want.Successor = s.Successor
		case Replayed:
			want.Successor = Issued{JTI: "next", IssuedAt: before.IssuedAt, ExpiresAt: before.ExpiresAt}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: Spend (-want +got):\n%s", name, diff)
		}
		writes := tc.spend == Rotated || late
		if changed != writes || !changed && before.Known(noon) && tc.record != before {
			t.Errorf("%s: changed = %v, want %v", name, changed, writes)
		}
	}
}

// TestSpendWrites: what the record says after each verdict that writes.
func TestSpendWrites(t *testing.T) {
	at := func(age time.Duration) int64 { return noon.Add(-age).UnixMicro() }
	next := Issued{IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90}
	for name, tc := range map[string]struct {
		before Record
		step   uint32
		spend  Spend
		want   Record
	}{
		"first rotation": {
			Record{},
			0,
			Spend{Successor: next, Leeway: time.Minute},
			Record{Last: 1, SpentAt: [Remembered]int64{at(0)}, IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90, Keep: noon.Unix() + 90 + 60 + 3600},
		},
		"ninth rotation": {
			rotated(8, 1*time.Second, 2*time.Second, 3*time.Second, 4*time.Second, 5*time.Second, 6*time.Second, 7*time.Second, 8*time.Second), 8,
			Spend{Successor: next, Token: Token{ExpiresAt: noon.Unix() + 1000}},
			Record{
				Last:     9,
				SpentAt:  [Remembered]int64{at(0), at(1 * time.Second), at(2 * time.Second), at(3 * time.Second), at(4 * time.Second), at(5 * time.Second), at(6 * time.Second), at(7 * time.Second)},
				IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90, Keep: noon.Unix() + 4600,
			},
		},
		"keep never shrinks": {
			with(rotated(1, time.Second), func(r *Record) { r.Keep = noon.Unix() + 99_999 }), 1,
			Spend{Successor: next},
			Record{Last: 2, SpentAt: [Remembered]int64{at(0), at(time.Second)}, IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90, Keep: noon.Unix() + 99_999},
		},
		"three rotations lost": {
			with(rotated(2, time.Second, 2*time.Second), func(r *Record) { r.Late = 1 }), 5,
			Spend{Successor: next},
			Record{Last: 6, SpentAt: [Remembered]int64{at(0), 0, 0, 0, at(time.Second), at(2 * time.Second)}, IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90, Late: 1, Keep: noon.Unix() + 3690},
		},
		"a thousand lost": {
			rotated(2, time.Second), 1000,
			Spend{Successor: next},
			Record{Last: 1001, SpentAt: [Remembered]int64{at(0)}, IssuedAt: noon.Unix(), ExpiresAt: noon.Unix() + 90, Keep: noon.Unix() + 3690},
		},
		"late retry": {
			rotated(3, time.Minute, time.Hour), 2,
			Spend{Successor: next, LateRetry: time.Hour},
			with(rotated(3, 0, time.Hour), func(r *Record) { r.Late = 3 }),
		},
		"reuse ends the session": {
			rotated(3, time.Minute), 1,
			Spend{EndOnReuse: true, Token: Token{ExpiresAt: noon.Unix() + 5000}},
			with(rotated(3, time.Minute), func(r *Record) { r.Ended, r.Keep = true, noon.Unix()+8600 }),
		},
		"reuse of a token that ends before the others": {
			with(rotated(3, time.Minute), func(r *Record) { r.Keep = noon.Unix() + 99_999 }), 1,
			Spend{EndOnReuse: true, Token: Token{ExpiresAt: noon.Unix() + 60}},
			with(rotated(3, time.Minute), func(r *Record) { r.Ended, r.Keep = true, noon.Unix()+99_999 }),
		},
	} {
		got := tc.before
		if _, changed := got.Spend(&tc.spend, tc.step, false, noon); !changed {
			t.Errorf("%s: nothing to write", name)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: the record (-want +got):\n%s", name, diff)
		}
	}
}

func TestRevoke(t *testing.T) {
	day := noon.Unix() + 86_400
	for name, tc := range map[string]struct {
		before  Record
		step    uint32
		v       Revocation
		verdict Verdict
		changed bool
		want    Record
	}{
		"never rotated": {
			Record{},
			0,
			Revocation{Token: Token{ExpiresAt: day}, Leeway: time.Minute},
			Live, true,
			Record{Ended: true, Keep: day + 3660},
		},
		"never rotated, by an operator": {
			Record{},
			0,
			Revocation{Reason: Admin},
			Live, true,
			Record{Ended: true, Keep: noon.Add(AdminLife).Unix()},
		},
		"newest token": {
			rotated(3, 0), 3,
			Revocation{Token: Token{ExpiresAt: noon.Unix() + 60}},
			Live, true,
			with(rotated(3, 0), func(r *Record) { r.Ended = true }),
		},
		"spent token": {
			rotated(3, 0), 0,
			Revocation{Token: Token{ExpiresAt: day}},
			Spent, true,
			with(rotated(3, 0), func(r *Record) { r.Ended, r.Keep = true, day+3600 }),
		},
		"token that ends before the others": {
			with(rotated(3, 0), func(r *Record) { r.Keep = noon.Unix() + 99_999 }), 0,
			Revocation{Token: Token{ExpiresAt: noon.Unix() + 60}},
			Spent, true,
			with(rotated(3, 0), func(r *Record) { r.Ended, r.Keep = true, noon.Unix()+99_999 }),
		},
		"ended before": {
			with(rotated(3, 0), func(r *Record) { r.Ended = true }), 3,
			Revocation{Token: Token{ExpiresAt: noon.Unix() + 60}},
			Refused, false,
			with(rotated(3, 0), func(r *Record) { r.Ended = true }),
		},
		"ended before, kept longer now": {
			with(rotated(3, 0), func(r *Record) { r.Ended = true }), 3,
			Revocation{Reason: Admin},
			Refused, true,
			with(rotated(3, 0), func(r *Record) { r.Ended, r.Keep = true, noon.Add(AdminLife).Unix() }),
		},
		"record too old": {
			Record{Last: 7, Keep: noon.Unix() - 1},
			2,
			Revocation{Token: Token{ExpiresAt: day}},
			Live, true,
			Record{Last: 2, Ended: true, Keep: day + 3600},
		},
	} {
		got := tc.before
		a, changed := got.Revoke(&tc.v, tc.step, false, noon)
		want := RevokeAnswer{Before: tc.verdict, Now: noon, Known: tc.before.Known(noon)}
		if a != want || changed != tc.changed {
			t.Errorf("%s: Revoke = %+v, changed %v; want %+v, changed %v", name, a, changed, want, tc.changed)
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%s: the record (-want +got):\n%s", name, diff)
		}
	}
	void := Record{}
	if a, _ := void.Revoke(&Revocation{}, 0, true, noon); a.Before != Refused {
		t.Errorf("Revoke of a user who was logged out: before = %v, want refused", a.Before)
	}
}

// TestAlternatingThief is the story that the distance between late retries is
// for: a thief and the user take turns with the token whose answer the other got.
// One of the next turns has to end the session, and nothing may pass afterwards.
func TestAlternatingThief(t *testing.T) {
	var r Record
	now := noon
	spend := func(step uint32) Verdict {
		s := &Spend{Grace: 10 * time.Second, LateRetry: 24 * time.Hour, EndOnReuse: true, Successor: Issued{ExpiresAt: now.Unix() + 86_400}}
		a, _ := r.Spend(s, step, false, now)
		return a.Verdict
	}
	if v := spend(0); v != Rotated {
		t.Fatalf("the user's refresh = %v", v)
	}
	for round, step := 0, uint32(0); ; round, step = round+1, step+1 {
		now = now.Add(5 * time.Minute)
		late := spend(step) // the one who does not have the successor
		now = now.Add(time.Minute)
		newest := spend(step + 1) // the one who has
		if late == Reused {
			if round != 1 || newest != Refused {
				t.Errorf("round %d: reuse was noticed, and the newest token is %v; want round 1, refused", round, newest)
			}
			return
		}
		if late != Replayed || newest != Rotated || round > 1 {
			t.Fatalf("round %d: %v and %v", round, late, newest)
		}
	}
}
