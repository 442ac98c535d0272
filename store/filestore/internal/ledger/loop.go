// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"time"
)

// maxQueued bounds what a hanging disk can pile up.
const maxQueued = 1 << 14

// run hands an operation to the loop, and waits until it is durable or has failed, or
// until ctx is done.
func (l *Ledger) run(ctx context.Context, op *operation) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	l.mu.Lock()
	switch {
	case l.closed:
		l.mu.Unlock()
		return ErrClosed
	case len(l.queue) >= maxQueued:
		l.mu.Unlock()
		return errBusy
	}
	l.queue = append(l.queue, op)
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	select {
	case err := <-op.done:
		return err
	case <-ctx.Done():
		op.givenUp.Store(true)
		return ctx.Err()
	}
}

// loop is the one goroutine that uses the database. Operations that arrive during a
// commit share the next one, and its sync.
func (l *Ledger) loop() {
	defer close(l.done)
	gather, tick := time.NewTimer(l.gather), time.NewTimer(0)
	defer gather.Stop()
	defer tick.Stop()
	last := 0
	var group []*operation
	for open := true; open; {
		select {
		case <-l.wake:
		case <-tick.C:
		case <-l.stop:
			open = false
		}
		// The clients that the last commit answered are about to send their next
		// requests, so a commit that has fewer of them waits a moment for the rest.
		// Where the last commit had one request, this one waits for none.
		if n := l.queued(); open && n > 0 && n < last {
			gather.Reset(l.gather)
			<-gather.C
		}
		group = l.take(group)
		if len(group) > 0 {
			last = len(group)
		}
		l.carryOut(group)
		clear(group)
		tick.Reset(l.rest())
	}
	l.shut()
}

func (l *Ledger) queued() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)
}

// take exchanges the queue for an empty one.
func (l *Ledger) take(empty []*operation) []*operation {
	l.mu.Lock()
	defer l.mu.Unlock()
	group := l.queue
	l.queue = empty[:0]
	return group
}

// rest is how long the loop may sleep while no operation comes.
func (l *Ledger) rest() time.Duration {
	if l.failure.Load() != nil {
		return retryLeast
	}
	return l.sweep.pause()
}

// carryOut answers a group, and does what is due besides.
func (l *Ledger) carryOut(group []*operation) {
	if err := l.bars(); err != nil {
		finish(group, err)
		return
	}
	writable, hurts := l.revive(), l.hurts
	if l.engine != nil {
		l.hurt(l.engine.hold())
	}
	if l.engine != nil && l.failure.Load() == nil {
		l.hurt(l.sweep.look(l))
	}
	group = l.answerReaders(group)
	switch {
	case len(group) == 0 && !l.due():
	case !writable || hurts != l.hurts:
		finish(group, l.ailment())
	default:
		err := l.write(group)
		finish(group, err)
		clear(l.fresh)
		if err == nil {
			l.hurt(l.lighten())
		}
		return
	}
	if l.engine != nil {
		l.hurt(l.engine.release())
	}
}

func finish(group []*operation, err error) {
	for _, op := range group {
		op.done <- err
	}
}

// answerReaders answers what needs no commit and returns the rest. Nothing that
// is answered here depends on what others of the group are about to write.
func (l *Ledger) answerReaders(group []*operation) []*operation {
	rest := group[:0]
	for _, op := range group {
		if op.givenUp.Load() {
			continue
		}
		err := l.ailment()
		if l.engine != nil {
			err = guard(func() error { return l.decide(op) })
		}
		switch {
		case l.engine != nil && err != nil:
			l.hurt(err)
			op.done <- err
		case err != nil:
			op.done <- err
		case op.writes:
			rest = append(rest, op)
		default:
			op.done <- nil
		}
	}
	return rest
}

// decide looks up what an operation depends on and lets it decide.
func (l *Ledger) decide(op *operation) (err error) {
	var void []byte
	if op.held, op.replaces, err = l.lookUp(&op.key, op.held[:0]); err != nil {
		return err
	}
	if op.hasUser {
		if op.void, _, err = l.lookUp(&op.user, op.void[:0]); err != nil {
			return err
		}
		void = op.void
	}
	if !op.decide(l.now(), op.held, void) {
		return errForm(op.replaces)
	}
	return nil
}
