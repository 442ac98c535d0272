// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	retryLeast = 100 * time.Millisecond
	retryMost  = 10 * time.Second
)

// retry is when to try a failed disk again.
type retry struct {
	at    time.Time
	pause time.Duration
}

func (r *retry) ready() bool { return !time.Now().Before(r.at) }

// bars returns why nothing can be answered, nil if all is well.
func (l *Ledger) bars() error {
	if b := l.barred.Load(); b != nil {
		return b.err
	}
	return nil
}

// ailment returns why nothing can be written at the moment, nil if it can.
func (l *Ledger) ailment() error {
	if err := l.bars(); err != nil {
		return err
	}
	if err := l.failure.Load(); err != nil {
		return *err
	}
	return nil
}

// raise bars every operation: for good if the file is damaged, else until the file is
// back in its place.
func (l *Ledger) raise(err error) {
	for {
		old := l.barred.Load()
		if old != nil && old.final {
			return
		}
		if l.barred.CompareAndSwap(old, &bar{err, errors.Is(err, ErrDamaged)}) {
			l.note(err)
			return
		}
	}
}

// lower takes back what raise did, unless it is final.
func (l *Ledger) lower() {
	if b := l.barred.Load(); b != nil && !b.final {
		l.barred.CompareAndSwap(b, nil)
	}
}

// hurt notes an error of the database. After damage nothing is read or written. Any
// other error may be temporary: the connection is closed, since its state is unknown,
// and writing is tried again after a while. Until then a new connection answers
// questions that need no writing, from the records that are known to be durable.
func (l *Ledger) hurt(err error) {
	if err == nil {
		return
	}
	err = diagnose(err)
	l.note(err)
	l.hurts++
	l.sweep.forget()
	if l.engine != nil {
		_ = l.engine.abandon()
		l.engine = nil
	}
	if errors.Is(err, ErrDamaged) {
		l.raise(err)
		return
	}
	l.failure.Store(&err)
	l.retry.pause = min(max(2*l.retry.pause, retryLeast), retryMost)
	l.retry.at = time.Now().Add(l.retry.pause)
	if err := l.reconnect(); errors.Is(err, ErrDamaged) {
		l.raise(err)
	}
}

func (l *Ledger) reconnect() (err error) {
	if l.engine, err = connect(l.volume); err != nil {
		return diagnose(err)
	}
	if _, err = l.resume(); err != nil {
		_ = l.engine.abandon()
		l.engine = nil
	}
	return err
}

// revive reports whether writing may be tried. After a failure it waits for the
// retry, and then first makes durable what the failed commit may have left in the
// write-ahead log: another sync does not write what an earlier sync failed to write.
func (l *Ledger) revive() bool {
	if l.failure.Load() == nil {
		return l.engine != nil
	}
	if !l.retry.ready() {
		return false
	}
	err := error(nil)
	if l.engine == nil {
		err = l.reconnect()
	}
	if err == nil {
		err = l.catchUp()
	}
	if err != nil {
		l.hurt(err)
		return false
	}
	return true
}

// catchUp takes over what the failed commit left behind, if anything.
func (l *Ledger) catchUp() error {
	if err := l.engine.checkpoint(); err != nil {
		return err
	}
	s, err := l.engine.state()
	if err != nil {
		return err
	}
	seen, err := l.read(l.state.last, nil)
	if err != nil {
		return err
	}
	if seen.rows > 0 && seen.last > s.last || s.commits < l.state.commits {
		return ErrDamaged
	}
	l.state = s
	return l.volume.setMark(s.commits)
}

// healthy notes that a commit succeeded.
func (l *Ledger) healthy() {
	if l.failure.Load() != nil {
		l.failure.Store(nil)
		l.retry = retry{}
	}
}

// shut closes the database when the loop ends.
func (l *Ledger) shut() {
	if l.engine != nil {
		if l.ailment() == nil {
			l.closes = diagnose(l.engine.close())
		} else {
			_ = l.engine.abandon()
		}
	}
	l.closes = errors.Join(l.closes, l.volume.close())
}

// watch checks the file's place until the ledger is closed. A check costs two calls
// of stat and one read.
func (l *Ledger) watch(pause time.Duration) {
	defer close(l.watched)
	if pause == 0 {
		pause = time.Second
	}
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-ticker.C:
		}
		switch err := errors.Join(l.volume.check(), l.volume.checkMark(l.id)); {
		case err == nil:
			l.lower()
		case errors.Is(err, ErrDamaged), errors.Is(err, ErrForeign), errors.Is(err, store.ErrLayout), errors.Is(err, errGone):
			l.raise(err)
		}
	}
}

// note keeps an error for Status.
func (l *Ledger) note(err error) {
	l.status.Lock()
	defer l.status.Unlock()
	l.status.lastErr, l.status.lastErrAt = err.Error(), l.now()
}

// Status returns the status of the file. Kind is left to the caller.
func (l *Ledger) Status() store.Status {
	err := l.ailment()
	l.status.Lock()
	defer l.status.Unlock()
	return store.Status{
		Up:          err == nil,
		Now:         l.now(),
		Entries:     l.index.count.Load(),
		Bytes:       l.volume.size(),
		Purged:      l.status.purged,
		LastPurge:   l.status.lastPurge,
		LastError:   l.status.lastErr,
		LastErrorAt: l.status.lastErrAt,
	}
}
