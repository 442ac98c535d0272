// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func sealed(sequence, replaces uint64, identity, content []byte) []byte {
	op := &operation{key: named{identity: identity}, content: content}
	op.seal(sequence, replaces)
	return op.value
}

// TestRow writes and reads rows of all shapes.
func TestRow(t *testing.T) {
	session := strings.Repeat("0a", sessionSize)
	other := strings.Repeat("0a", sessionSize-1) + "0b"
	identities := [][]byte{
		appendSession(nil, "", session), appendSession(nil, "", other),
		appendSession(nil, "shop", session), appendSession(nil, strings.Repeat("n", 300), session),
		appendUser(nil, "", "7"), appendUser(nil, "shop", "7"), appendUser(nil, "sho", "p7"), appendUser(nil, "", ""),
	}
	records := []store.Record{
		{},
		{Last: 1, Keep: 1, IssuedAt: -5, ExpiresAt: math.MaxInt64, SpentAt: [8]int64{1_795_000_000_000_000}},
		{Last: store.MaxStep + 1, Late: store.MaxStep + 2, Ended: true, Keep: math.MaxInt64, IssuedAt: math.MinInt64, ExpiresAt: math.MinInt64},
		{Last: 9, Late: 3, Keep: -1, SpentAt: [8]int64{math.MaxInt64, math.MinInt64, 0, 5, -7, 0, 1, 2}},
	}
	for _, replaces := range []uint64{0, 1, 41, 42} {
		for i, identity := range identities {
			for _, want := range records {
				value := sealed(43, replaces, identity, appendRecord(nil, &want))
				r, err := readRow(43, value)
				if err != nil || r.replaces != replaces || string(r.identity) != string(identity) {
					t.Fatalf("readRow = %+v, %v", r, err)
				}
				var got store.Record
				if !decodeRecord(r.content, &got) {
					t.Errorf("decodeRecord of %+v fails", want)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("record (-want +got):\n%s", diff)
				}
				for j, other := range identities {
					if (i == j) != (string(r.identity) == string(other)) {
						t.Errorf("identities %d and %d are alike", i, j)
					}
				}
			}
		}
	}
	want := cutOff{second: -5, keep: math.MaxInt64}
	var got cutOff
	if !decodeCutOff(appendCutOff(nil, want), &got) || got != want {
		t.Errorf("decodeCutOff = %+v, want %+v", got, want)
	}
}

// TestRowDamaged guards that no damaged row is taken for a record: any bit that
// is another one, a row cut off or lengthened, and a row in another's place.
func TestRowDamaged(t *testing.T) {
	r := fullRecord()
	value := sealed(43, 40, appendSession(nil, "shop", strings.Repeat("0a", sessionSize)), appendRecord(nil, r))
	for i := range value {
		for bit := range 8 {
			bad := append([]byte(nil), value...)
			bad[i] ^= 1 << bit
			if _, err := readRow(43, bad); err == nil {
				t.Errorf("bit %d of byte %d is another one, and nobody noticed", bit, i)
			}
		}
		if _, err := readRow(43, value[:i]); err == nil {
			t.Errorf("a row of %d bytes reports no error", i)
		}
	}
	if _, err := readRow(43, append(value, 0)); err == nil {
		t.Error("a longer row reports no error")
	}
	if _, err := readRow(44, value); err == nil {
		t.Error("a row in another's place reports no error")
	}
	// What bears a checksum and is no record all the same.
	for i := range appendRecord(nil, r) {
		var got store.Record
		if decodeRecord(appendRecord(nil, r)[:i], &got) {
			t.Errorf("decodeRecord of %d bytes reports no error", i)
		}
	}
	if decodeRecord(append(appendRecord(nil, r), 0), new(store.Record)) || decodeRecord([]byte{2}, new(store.Record)) {
		t.Error("decodeRecord of more, or of an unknown flag, reports no error")
	}
	for _, in := range []string{"", "x", "s", "s\xff", "s\x05abc", "u", "u" + strings.Repeat("x", 31)} {
		if _, err := readRow(43, sealed(43, 0, []byte(in), nil)); err == nil {
			t.Errorf("readRow of the identity %q reports no error", in)
		}
	}
}
