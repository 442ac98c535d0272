// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestIndex compares the index with a map through growth and removals, with so
// few different hashes that shards, fingerprints and homes collide all the time.
func TestIndex(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var x index
	want := map[uint64]map[uint64]bool{}
	hash := func() uint64 { // two shards, sixty fingerprints
		return uint64(rnd.IntN(2)) | uint64(rnd.IntN(60))<<shardBits
	}
	for sequence := uint64(1); sequence <= 20_000; sequence++ {
		h := hash()
		if want[h] == nil {
			want[h] = map[uint64]bool{}
		}
		for range 1 + rnd.IntN(2) { // adding twice is adding once
			x.add(h, sequence)
		}
		want[h][sequence] = true
		for range rnd.IntN(3) {
			h := hash()
			for s := range want[h] {
				x.remove(h, s)
				x.remove(h, s)
				delete(want[h], s)
				break
			}
		}
	}
	total := 0
	for h := range want {
		got := x.find(h, nil)
		total += len(got)
		slices.Sort(got)
		for _, s := range got {
			if !want[h][s] {
				t.Fatalf("find(%x) has %d, which was removed", h, s)
			}
		}
		if len(slices.Compact(got)) != len(want[h]) {
			t.Fatalf("find(%x) = %d entries, want %d", h, len(got), len(want[h]))
		}
	}
	if used := x.shards[0].used + x.shards[1].used; used != total || total == 0 {
		t.Errorf("%d entries are counted, %d are there", used, total)
	}
}

// TestIndexWide uses the whole hash, and the largest sequence number.
func TestIndexWide(t *testing.T) {
	var x index
	x.remove(7, 7)
	if got := x.find(7, nil); len(got) != 0 {
		t.Errorf("find in an empty index = %v", got)
	}
	for i := range uint64(100_000) {
		x.add(i*0x9e3779b97f4a7c15, maxSequence-i)
	}
	for i := range uint64(100_000) {
		if got := x.find(i*0x9e3779b97f4a7c15, nil); !slices.Contains(got, maxSequence-i) {
			t.Fatalf("entry %d is lost: %v", i, got)
		}
	}
}
