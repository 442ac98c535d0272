// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"sync"
	"sync/atomic"
	"time"
)

// state is what a store has learnt of its servers.
type state struct {
	fault     atomic.Pointer[fault] // the latest one
	complaint atomic.Pointer[fault] // what is wrong with the servers' settings
	eviction  atomic.Uint32         // a store.Eviction, the worst of all servers
	met       atomic.Bool           // the layout is known to be ours

	mu      sync.Mutex
	foreign bool              // it was logged that another layout is in use
	names   map[string]string // of the data, by slot
	nodes   map[string]node   // their settings when last seen, by address
}

// fault is what went wrong, and when.
type fault struct {
	text string
	at   time.Time
}

func newState() *state {
	return &state{names: make(map[string]string), nodes: make(map[string]node)}
}
