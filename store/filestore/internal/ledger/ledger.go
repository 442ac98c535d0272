// SPDX-License-Identifier: Apache-2.0

// Package ledger keeps sessions and cut-offs in one file. It knows nothing of
// Caddy.
//
// The file is an SQLite database behind a header of our own. Its table log holds
// records in the order in which they were written: a rotation appends the
// session's record anew, and the sweep removes the one before, later and along
// with its neighbours. So a commit writes a few pages at the end however large
// the file is. An index in memory leads from a session to its newest record.
//
// Why SQLite, and what of it is not relied upon, is in docs/stores.md.
package ledger

import (
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Options are what tests and tools change.
type Options struct {
	// Now is the clock. Default: time.Now.
	Now func() time.Time

	// Uptime is a clock that nobody sets: the time since some moment. Default:
	// the time since the file was opened.
	Uptime func() time.Duration

	// Gather is how long a commit waits for more to join it, where the last
	// one was larger. Default: 1 ms.
	Gather time.Duration

	// Sweep is the longest pause between two steps of the sweep. Default: 1 min.
	Sweep time.Duration

	// Watch is the pause between two looks at the file's place. Default: 1 s.
	Watch time.Duration

	// Disk returns what is used in the place of an open file. Default: the file.
	Disk func(path string, d Disk) Disk

	// Patience is how long Close waits for a disk that hangs. Default: 5 s.
	Patience time.Duration

	// Cache is the size of the page cache in KiB. Default: 16 MiB.
	Cache int

	// After is the file that was open at the same path before, if there was one:
	// nothing else is taken in its place.
	After Standing
}

// Standing tells how far a file is.
type Standing struct {
	id      fileID
	commits uint64
}

// Ledger is an open file.
type Ledger struct {
	now      func() time.Time
	uptime   func() time.Duration
	gather   time.Duration
	patience time.Duration
	seed     maphash.Seed
	volume   *volume
	id       fileID
	index    index
	ops      sync.Pool

	mu     sync.Mutex
	queue  []*operation
	closed bool
	wake   chan struct{} // of capacity 1

	stop    chan struct{}
	done    chan struct{} // closed when the loop is over
	watched chan struct{} // closed when nobody watches any more

	// barred is why nothing is answered any more, nil where all is well.
	barred atomic.Pointer[bar]

	// failure is why nothing can be written at the moment, nil where it can.
	failure atomic.Pointer[error]

	status struct {
		sync.Mutex
		purged    int64
		lastPurge time.Time
		lastErr   string
		lastErrAt time.Time
	}

	// The loop's own.
	engine *engine // nil while it cannot be used
	state  state   // after the last commit
	fresh  map[string]*operation
	retry  retry
	hurts  int // failures so far
	sweep  sweep
	closes error
}

// bar is why nothing is answered. One that is not final goes away when the file
// is back in its place.
type bar struct {
	err   error
	final bool
}

// Open opens a file that is there, reads all of it and begins to sweep it. It
// does not wait for a lock that another process holds, and gives up once stop is
// closed.
func Open(path string, o Options, stop <-chan struct{}) (*Ledger, error) {
	l := &Ledger{
		now: o.Now, uptime: o.Uptime, gather: o.Gather, seed: maphash.MakeSeed(),
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), watched: make(chan struct{}),
		fresh: map[string]*operation{},
	}
	if l.now == nil {
		l.now = time.Now
	}
	if l.uptime == nil {
		start := time.Now()
		l.uptime = func() time.Duration { return time.Since(start) }
	}
	if l.gather == 0 {
		l.gather = time.Millisecond
	}
	l.ops.New = func() any { return &operation{done: make(chan error, 1)} }
	if l.patience = o.Patience; l.patience == 0 {
		l.patience = 5 * time.Second
	}
	l.volume = newVolume(path, o.Disk)
	l.volume.cache = o.Cache
	if err := l.load(o.After, stop); err != nil {
		if l.engine != nil {
			err = errors.Join(err, l.engine.abandon())
		}
		return nil, errors.Join(err, l.volume.close())
	}
	l.sweep.start(l, o.Sweep)
	go l.loop()
	go l.watch(o.Watch)
	return l, nil
}

// Close waits for what is under way and closes the file. It does not wait for a
// disk that hangs.
func (l *Ledger) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	close(l.stop)
	<-l.watched
	timer := time.NewTimer(l.patience)
	defer timer.Stop()
	select {
	case <-l.done:
		return l.closes
	case <-timer.C:
		return fmt.Errorf("the disk does not answer: %w", os.ErrDeadlineExceeded)
	}
}

// standing tells how far the file is.
func (l *Ledger) standing() Standing { return Standing{l.id, l.volume.mark.Load()} }
