// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"errors"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func TestTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"5.0.14": true, "6.0.16": true, "6.2.0": false, "7.0.15": false, "8.2": false, "": false, "unknown": false, "10.1": false,
	} {
		if got := tooOld(version); got != want {
			t.Errorf("tooOld(%q) = %v, want %v", version, got, want)
		}
	}
}

// heed says once, to each store, which servers may evict, and again where that
// changes; what is not known any more counts as it was.
func TestHeed(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	s := &Store{logger: zap.New(core), state: newState()}
	good, bad := node{address: "a", policy: "noeviction", version: "7.0.15"}, node{address: "a", policy: "allkeys-lru", version: "7.0.15"}
	unknown, old := node{address: "a", failure: "NOPERM"}, node{address: "a", policy: "noeviction", version: "6.0.16"}
	for i, step := range []struct {
		n         node
		logged    int // so far
		complaint bool
		eviction  store.Eviction
	}{
		{unknown, 1, false, store.EvictionUnknown},
		{unknown, 1, false, store.EvictionUnknown},
		{good, 1, false, store.EvictsNothing},
		{bad, 2, true, store.MayEvict},
		{bad, 2, true, store.MayEvict},
		{unknown, 2, true, store.MayEvict},
		{good, 2, false, store.EvictsNothing},
		{bad, 3, true, store.MayEvict},
		{old, 4, false, store.EvictsNothing},
		{old, 4, false, store.EvictsNothing},
	} {
		s.heed([]node{step.n})
		if got := store.Eviction(s.state.eviction.Load()); got != step.eviction {
			t.Errorf("step %d: eviction %d, want %d", i, got, step.eviction)
		}
		if got := s.state.complaint.Load() != nil; got != step.complaint || logs.Len() != step.logged {
			t.Errorf("step %d: complaint %v, %d lines logged; want %v, %d", i, got, logs.Len(), step.complaint, step.logged)
		}
	}
}

// Another layout is said once, and lost data once each time.
func TestRecognize(t *testing.T) {
	core, logs := observer.New(zap.DebugLevel)
	s := &Store{logger: zap.New(core), state: newState()}
	for i, step := range []struct {
		found, name string
		logged      int // so far
		foreign     bool
	}{
		{layout, "X", 0, false},
		{layout, "X", 0, false},
		{layout, "Y", 1, false},
		{layout, "Y", 1, false},
		{"2", "Z", 2, true},
		{"2", "Z", 2, true},
		{layout, "Y", 2, false},
		{"", "", 3, true},
	} {
		err := s.recognize("0", step.found, step.name)
		if errors.Is(err, store.ErrLayout) != step.foreign || s.state.met.Load() == step.foreign || logs.Len() != step.logged {
			t.Errorf("step %d: %v, %d lines logged; want foreign %v, %d", i, err, logs.Len(), step.foreign, step.logged)
		}
	}
}
