// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
)

// maxQueued bounds the writes that a hanging disk can pile up.
const maxQueued = 1 << 14

// group gathers writes and carries them out in one transaction, one fsync for
// all. It does what bbolt's Batch does, with three differences: whoever asked
// can stop waiting; a lone writer is not kept waiting for company that did not
// come last time either; and a panic over a damaged page is an error, where in
// Batch's own goroutine it would end the process.
type group struct {
	db      *bolt.DB
	company time.Duration

	mu     sync.Mutex
	queue  []*write
	closed bool

	wake chan struct{} // of capacity 1
	stop chan struct{}
	done chan struct{}
}

// write is one function on its way into a transaction.
type write struct {
	// run may run more than once, and not at all. An error throws it out of
	// its transaction; the others are run again without it.
	run func(tx *bolt.Tx) error

	// settle is told the outcome, before the one who waits and also if nobody
	// waits any more. It runs between transactions.
	settle func(err error)

	done chan error // of capacity 1
}

func startGroup(db *bolt.DB, company time.Duration) *group {
	g := &group{db: db, company: company, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go g.loop()
	return g
}

// commit waits until w is durable, or has failed, or ctx is over. finished is
// false where it is still on its way.
func (g *group) commit(ctx context.Context, w *write) (finished bool, err error) {
	g.mu.Lock()
	switch {
	case g.closed:
		g.mu.Unlock()
		return true, ErrClosed
	case len(g.queue) >= maxQueued:
		g.mu.Unlock()
		return true, errBusy
	}
	g.queue = append(g.queue, w)
	g.mu.Unlock()
	select {
	case g.wake <- struct{}{}:
	default:
	}
	select {
	case err := <-w.done:
		return true, err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// close carries out what is queued and ends the loop.
func (g *group) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	close(g.stop)
	<-g.done
}

func (g *group) loop() {
	defer close(g.done)
	timer := time.NewTimer(g.company)
	defer timer.Stop()
	last := 0
	var writes []*write
	for open := true; open; {
		select {
		case <-g.wake:
		case <-g.stop:
			open = false
		}
		// Those whom the last commit has answered are about to come back.
		if open && g.queued() < last {
			timer.Reset(g.company)
			<-timer.C
		}
		writes = g.take(writes)
		last = len(writes)
		g.carryOut(writes)
		clear(writes)
	}
}

func (g *group) queued() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue)
}

// take exchanges the queue for an empty one.
func (g *group) take(empty []*write) []*write {
	g.mu.Lock()
	defer g.mu.Unlock()
	writes := g.queue
	g.queue = empty[:0]
	return writes
}

func (g *group) carryOut(writes []*write) {
	for len(writes) > 0 {
		bad := -1
		err := guard(func() error {
			return g.db.Update(func(tx *bolt.Tx) error {
				for i, w := range writes {
					bad = i
					if err := w.run(tx); err != nil {
						return err
					}
				}
				bad = -1
				return nil
			})
		})
		if bad < 0 {
			for _, w := range writes {
				w.finish(err)
			}
			return
		}
		writes[bad].finish(err)
		writes[bad] = writes[len(writes)-1]
		writes = writes[:len(writes)-1]
	}
}

func (w *write) finish(err error) {
	w.settle(err)
	w.done <- err
}
