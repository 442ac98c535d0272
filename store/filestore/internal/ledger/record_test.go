// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/binary"
	"encoding/hex"
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

// TestFormat guards what lies on the disk: a file that was written before a change
// has to be read after it. The values were computed in Python.
func TestFormat(t *testing.T) {
	r := &store.Record{Last: 2, Late: 1, Ended: true, Keep: 1_795_003_600, IssuedAt: 1_795_000_000, ExpiresAt: 1_795_000_300, SpentAt: [8]int64{1_795_000_000_000_007, 1_795_000_000_000_000}}
	for name, tc := range map[string]struct {
		sequence uint64
		value    []byte
		want     string
		share    uint64
	}{
		"session": {
			43, sealed(43, 41, appendSession(nil, "shop", strings.Repeat("0a", sessionSize)), appendRecord(nil, r)),
			"de053ef702730473686f700a0a0a0a0a0a0a0a0a0a010201a0d3ecaf0d809becaf0dd804028dc0f995e0a2b0060e", 0x14f043ed87898ae0,
		},
		"cut-off": {
			1 << 40, sealed(1<<40, 0, appendUser(nil, "shop", "7"), appendCutOff(nil, cutOff{second: 5, keep: 6})),
			"136ddd9200753c74eff9005e1cdd41d9f8b776025d53a14079ebc9ccc5b7f0f2290faff5f0a600000000000000050000000000000006", 0x97b0e749b4d0d4b6,
		},
	} {
		if got := hex.EncodeToString(tc.value); got != tc.want {
			t.Errorf("%s: the row is %s, want %s", name, got, tc.want)
		}
		if got := share(tc.sequence, tc.value); got != tc.share {
			t.Errorf("%s: share = %#x, want %#x", name, got, tc.share)
		}
	}
}

// TestRowDamaged guards that no damaged row is taken for a record: any bit that
// is another one, a row cut off or lengthened, and a row in another's place.
func TestRowDamaged(t *testing.T) {
	r := fullRecord()
	identity := appendSession(nil, "shop", strings.Repeat("0a", sessionSize))
	value := sealed(43, 40, identity, appendRecord(nil, r))
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
	for back, replaces := range map[uint64]uint64{0: 0, 1: 42, 42: 1} {
		value := append(binary.AppendUvarint(make([]byte, checksumSize), back), identity...)
		seal(43, value)
		if r, err := readRow(43, value); err != nil || r.replaces != replaces {
			t.Errorf("readRow of a row that replaces the one %d before = %+v, %v; want %d", back, r, err, replaces)
		}
	}
	for _, back := range []uint64{43, 44, math.MaxUint64} {
		value := append(binary.AppendUvarint(make([]byte, checksumSize), back), identity...)
		seal(43, value)
		if r, err := readRow(43, value); err == nil {
			t.Errorf("readRow of a row that replaces the one %d before = %+v, want an error", back, r)
		}
	}
	for i := range appendRecord(nil, r) {
		var got store.Record
		if decodeRecord(appendRecord(nil, r)[:i], &got) {
			t.Errorf("decodeRecord of %d bytes reports no error", i)
		}
	}
	if decodeRecord(append(appendRecord(nil, r), 0), new(store.Record)) || decodeRecord([]byte{2}, new(store.Record)) {
		t.Error("decodeRecord of more, or of an unknown flag, reports no error")
	}
	const overflow = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f" // as the length of a name
	huge := string(binary.AppendUvarint(nil, 1<<63))
	for _, in := range []string{
		"", "x", "s", "s\xff", "s\x05abc", "s" + overflow + strings.Repeat("x", 20), "s" + huge + strings.Repeat("x", 20), "u", "u" + strings.Repeat("x", 31),
	} {
		if _, err := readRow(43, sealed(43, 0, []byte(in), nil)); err == nil {
			t.Errorf("readRow of the identity %q reports no error", in)
		}
	}
}
