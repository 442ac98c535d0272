// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"math"
	"strings"
	"testing"
)

// TestRecord writes and reads records of all shapes, and finds each under its
// own identity only.
func TestRecord(t *testing.T) {
	hex := strings.Repeat("0a", 16)
	identities := [][]byte{}
	for _, id := range [][2]string{
		{"", hex},
		{"", strings.Repeat("0A", 16)},
		{"", strings.Repeat("\x0a", 16)},
		{"shop", hex},
		{"sho", "p" + hex},
		{"", "a"},
		{"a", "a"},
		{"", strings.Repeat("x", 255)},
		{strings.Repeat("n", 300), hex},
	} {
		identities = append(identities, appendIdentity(nil, id[0], id[1]))
	}
	for _, want := range []record{
		{flags: flagSpent, keep: 1, spentAt: 1_795_000_000_000_000, issued: -5, expires: math.MaxInt64},
		{flags: flagRevoked, keep: math.MaxInt64},
		{flags: flagSpent | flagRevoked, keep: -1, spentAt: math.MinInt64, issued: 0, expires: 2},
	} {
		for i, identity := range identities {
			value := appendRecord(append([]byte(nil), identity...), &want)
			if got, err := identityOf(value); err != nil || string(got) != string(identity) {
				t.Errorf("identityOf = %x, %v; want %x", got, err, identity)
			}
			for j, other := range identities {
				var got record
				found, err := got.decode(value, other)
				if err != nil || found != (i == j) || found && got != want {
					t.Errorf("decode of %d under %d = %v, %+v, %v; want %+v", i, j, found, got, err, want)
				}
			}
		}
	}
}

// TestRecordDamaged: cut off or lengthened anywhere, a record is damaged, never
// another record.
func TestRecordDamaged(t *testing.T) {
	identity := appendIdentity(nil, "shop", "jti")
	value := appendRecord(append([]byte(nil), identity...), &record{flags: flagSpent, keep: 300, spentAt: 300, issued: 300, expires: 300})
	var rec record
	for cut := range value {
		if _, err := identityOf(value[:cut]); err == nil && cut < len(identity) {
			t.Errorf("identityOf of %d bytes reports no error", cut)
		}
		if found, err := rec.decode(value[:cut], identity); found || err == nil && cut >= len(identity) {
			t.Errorf("decode of %d bytes = %v, %v", cut, found, err)
		}
	}
	if _, err := rec.decode(append(value, 0), identity); err == nil {
		t.Error("decode of a longer value reports no error")
	}
	value[len(identity)] |= 0x80
	if _, err := rec.decode(value, identity); err == nil {
		t.Error("decode of an unknown flag reports no error")
	}
}
