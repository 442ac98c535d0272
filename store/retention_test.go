// SPDX-License-Identifier: Apache-2.0

package store

import (
	"math"
	"testing"
	"time"
)

func TestRetention(t *testing.T) {
	at, year := noon.Unix(), noon.Add(AdminLife).Unix()
	const day = 24 * time.Hour
	for name, tc := range map[string]struct{ got, want int64 }{
		"successor lives longer":     {KeepSpent(at, at+60, 30*time.Second), at + 60 + 30 + 3600},
		"token lives longer":         {KeepSpent(at+90, at+60, 0), at + 90 + 3600},
		"leeway of a fraction":       {KeepSpent(at, at, time.Millisecond), at + 3601},
		"end of time":                {KeepSpent(math.MaxInt64, at, time.Minute), math.MaxInt64},
		"end of time, just":          {KeepSpent(math.MaxInt64-3660, at, time.Minute), math.MaxInt64},
		"logout":                     {KeepRevoked(noon, Logout, at+60, 0), at + 60 + 3600},
		"logout, exp unknown":        {KeepRevoked(noon, Logout, 0, 0), year},
		"admin":                      {KeepRevoked(noon, Admin, at+60, 0), year},
		"admin, long-lived":          {KeepRevoked(noon, Admin, year+60, 0), year + 60 + 3600},
		"cut-off":                    {KeepCutOff(noon, day), year},
		"cut-off, half a year":       {KeepCutOff(noon, AdminLife/2), year},
		"cut-off, long-lived":        {KeepCutOff(noon, 200*day), at + 400*86_400},
		"cut-off, longest there is":  {KeepCutOff(noon, math.MaxInt64), at + 2*(math.MaxInt64/1_000_000_000+1)},
		"cut-off, lifetime unknown":  {KeepCutOff(noon, 0), year},
		"exp before 1970, no leeway": {KeepSpent(-10, -5, 0), 3595},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: kept until %d, want %d", name, tc.got, tc.want)
		}
	}
}

func TestWords(t *testing.T) {
	if got := []string{Undecided.String(), UserRefused.String(), (UserRefused + 1).String(), UserBadUUID.String()}; got[0] != "undecided" ||
		got[1] != "user_refused" || got[2] != "unknown" || got[3] != "bad_uuid" {
		t.Errorf("words = %q", got)
	}
	for v := Undecided; v <= UserRefused; v++ {
		if want := v == Live || v == Rotated || v == Replayed; v.Passes() != want {
			t.Errorf("%v.Passes() = %v", v, v.Passes())
		}
	}
}
