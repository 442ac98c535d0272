// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"slices"
	"sync"
	"sync/atomic"
)

// index finds the sequence numbers of records by a hash of their identity. It
// lives in memory, so that the file can be written in order of time: in a tree
// sorted by jti every record costs a page of its own, and a file of ten million
// is three times as slow as one of a thousand.
//
// It also says what the file must hold: if the index knows a record and the file does
// not return it, the file is damaged. An entry is added when its record is durable,
// and taken out before the record is removed.
//
// An entry is one word, a fingerprint of 20 bits above a sequence number of 44.
// The shard and the fingerprint are all that is left of the hash; tables are
// open-addressed and at most three quarters full: 11 to 21 bytes a record.
type index struct {
	shards [shardCount]shard
	count  atomic.Int64 // entries
}

type shard struct {
	mu    sync.Mutex
	slots []uint64 // a power of two; 0 is free
	used  int
}

const (
	shardBits  = 12
	shardCount = 1 << shardBits

	sequenceBits = 44
	maxSequence  = 1<<sequenceBits - 1

	firstSlots = 8
)

// add adds an entry, once.
func (x *index) add(hash, sequence uint64) {
	s, entry := x.entry(hash, sequence)
	s.mu.Lock()
	defer s.mu.Unlock()
	if (s.used+1)*4 > len(s.slots)*3 {
		s.grow()
	}
	if s.put(entry) {
		s.used++
		x.count.Add(1)
	}
}

// remove takes an entry out, if it is there.
func (x *index) remove(hash, sequence uint64) {
	s, entry := x.entry(hash, sequence)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.slots) == 0 {
		return
	}
	mask := uint64(len(s.slots) - 1)
	at := home(entry, mask)
	for s.slots[at] != entry {
		if s.slots[at] == 0 {
			return
		}
		at = (at + 1) & mask
	}
	// Entries behind the gap move up unless they would pass their home.
	for next := (at + 1) & mask; s.slots[next] != 0; next = (next + 1) & mask {
		if (next-home(s.slots[next], mask))&mask >= (next-at)&mask {
			s.slots[at] = s.slots[next]
			at = next
		}
	}
	s.slots[at] = 0
	s.used--
	x.count.Add(-1)
}

// find appends to out the sequence numbers of all records that may have the
// hash: nearly always none or one.
func (x *index) find(hash uint64, out []uint64) []uint64 {
	s, want := x.entry(hash, 0)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.slots) == 0 {
		return out
	}
	mask := uint64(len(s.slots) - 1)
	for at := home(want, mask); s.slots[at] != 0; at = (at + 1) & mask {
		if s.slots[at]&^maxSequence == want {
			out = append(out, s.slots[at]&maxSequence)
		}
	}
	return out
}

// has reports whether an entry is there.
func (x *index) has(hash, sequence uint64) bool {
	var space [4]uint64
	return slices.Contains(x.find(hash, space[:0]), sequence)
}

func (x *index) entry(hash, sequence uint64) (*shard, uint64) {
	return &x.shards[hash%shardCount], hash>>shardBits<<sequenceBits | sequence
}

func (s *shard) grow() {
	old := s.slots
	s.slots = make([]uint64, max(firstSlots, 2*len(old)))
	for _, entry := range old {
		if entry != 0 {
			s.put(entry)
		}
	}
}

// put stores an entry and reports whether it is new.
func (s *shard) put(entry uint64) bool {
	mask := uint64(len(s.slots) - 1)
	at := home(entry, mask)
	for s.slots[at] != 0 {
		if s.slots[at] == entry {
			return false
		}
		at = (at + 1) & mask
	}
	s.slots[at] = entry
	return true
}

func home(entry, mask uint64) uint64 { return entry >> sequenceBits & mask }
