// SPDX-License-Identifier: Apache-2.0

package store

import (
	"math"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// TestDecide walks the table of the package comment, in its order, with the
// edges of each row.
func TestDecide(t *testing.T) {
	const issued = 1_000
	spent := func(age time.Duration) Record { return Record{Spent: true, SpentAt: noon.Add(-age)} }
	revoked := Record{Revoked: true}
	for name, tc := range map[string]struct {
		facts        Facts
		grace        time.Duration
		spend, check Verdict
	}{
		"nothing":                             {Facts{}, 10 * time.Second, Rotated, Live},
		"revoked":                             {Facts{Token: revoked}, 10 * time.Second, Refused, Refused},
		"successor revoked, token spent":      {Facts{Token: spent(1), Successor: revoked}, 10 * time.Second, Refused, Refused},
		"successor revoked, token unknown":    {Facts{Successor: revoked}, 10 * time.Second, Refused, Refused},
		"revoked and spent long ago":          {Facts{Token: Record{Spent: true, Revoked: true}}, 0, Refused, Refused},
		"cut-off after iat":                   {Facts{HasCutOff: true, CutOff: issued + 1}, 0, Refused, Refused},
		"cut-off at iat":                      {Facts{HasCutOff: true, CutOff: issued}, 0, Refused, Refused},
		"cut-off before iat":                  {Facts{HasCutOff: true, CutOff: issued - 1}, 0, Rotated, Live},
		"cut-off without a second":            {Facts{CutOff: issued + 1}, 0, Rotated, Live},
		"cut-off beats replay":                {Facts{Token: spent(1), HasCutOff: true, CutOff: issued}, 10 * time.Second, Refused, Refused},
		"spent just now":                      {Facts{Token: spent(0)}, 10 * time.Second, Replayed, Spent},
		"spent at the end of the grace":       {Facts{Token: spent(10*time.Second - 1)}, 10 * time.Second, Replayed, Spent},
		"spent, grace over":                   {Facts{Token: spent(10 * time.Second)}, 10 * time.Second, Reused, Spent},
		"spent, no grace":                     {Facts{Token: spent(0)}, 0, Reused, Spent},
		"spent in the future":                 {Facts{Token: spent(-5 * time.Second)}, 10 * time.Second, Replayed, Spent},
		"spent in the far future":             {Facts{Token: spent(-time.Minute)}, 10 * time.Second, Reused, Spent},
		"successor spent, in the grace":       {Facts{Token: spent(1), Successor: spent(0)}, 10 * time.Second, Straggler, Spent},
		"successor spent, grace over":         {Facts{Token: spent(time.Minute), Successor: spent(0)}, 10 * time.Second, Reused, Spent},
		"successor spent, no grace":           {Facts{Token: spent(1), Successor: spent(0)}, 0, Reused, Spent},
		"successor spent, token lost":         {Facts{Successor: spent(0)}, 10 * time.Second, Reused, Spent},
		"successor spent and revoked, unlost": {Facts{Token: spent(1), Successor: Record{Spent: true, Revoked: true}}, 10 * time.Second, Refused, Refused},
	} {
		tc.facts.Now = noon
		if got := tc.facts.Spend(issued, tc.grace); got != tc.spend {
			t.Errorf("%s: Spend = %v, want %v", name, got, tc.spend)
		}
		if got := tc.facts.Check(issued); got != tc.check {
			t.Errorf("%s: Check = %v, want %v", name, got, tc.check)
		}
	}
}

// TestNoIssuedAt guards that a token without iat (IssuedAt 0) is older than any
// cut-off.
func TestNoIssuedAt(t *testing.T) {
	f := Facts{Now: noon, HasCutOff: true, CutOff: noon.Unix()}
	if got := f.Spend(0, 0); got != Refused {
		t.Errorf("Spend = %v, want refused", got)
	}
}

func TestRetention(t *testing.T) {
	at, year := noon.Unix(), noon.Add(AdminLife).Unix()
	for name, tc := range map[string]struct{ got, want int64 }{
		"successor lives longer": {KeepSpent(at, at+60, 30*time.Second), at + 60 + 30 + 3600},
		"token lives longer":     {KeepSpent(at+90, at+60, 0), at + 90 + 3600},
		"leeway of a fraction":   {KeepSpent(at, at, time.Millisecond), at + 3601},
		"end of time":            {KeepSpent(math.MaxInt64, at, time.Minute), math.MaxInt64},
		"logout":                 {KeepRevoked(noon, Logout, at+60, 0), at + 60 + 3600},
		"logout, exp unknown":    {KeepRevoked(noon, Logout, 0, 0), year},
		"admin":                  {KeepRevoked(noon, Admin, at+60, 0), year},
		"admin, long-lived":      {KeepRevoked(noon, Admin, year+60, 0), year + 60 + 3600},
		"reuse":                  {KeepRevoked(noon, Reuse, at+60, time.Second), at + 60 + 3601},
		"cut-off":                {KeepCutOff(noon), year},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: kept until %d, want %d", name, tc.got, tc.want)
		}
	}
}

func TestWords(t *testing.T) {
	if got := []string{Undecided.String(), UserRefused.String(), Verdict(99).String(), UserBadUUID.String()}; got[0] != "undecided" ||
		got[1] != "user_refused" || got[2] != "unknown" || got[3] != "bad_uuid" {
		t.Errorf("words = %q", got)
	}
	for v := Undecided; v <= UserRefused; v++ {
		if want := v == Live || v == Rotated || v == Replayed; v.Passes() != want {
			t.Errorf("%v.Passes() = %v", v, v.Passes())
		}
	}
}
