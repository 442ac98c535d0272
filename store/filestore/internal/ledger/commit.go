// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"fmt"
)

// walLimit is how many bytes are written to the write-ahead log before they are
// moved into the database.
const walLimit = 4 << 20

// lookUp returns the content of the newest record with an identity, appended to
// space, and its sequence number, or nil if there is none. Records that the current
// group has written are newer than those in the database.
func (l *Ledger) lookUp(n *named, space []byte) (content []byte, sequence uint64, err error) {
	if op, ok := l.fresh[string(n.identity)]; ok {
		return append(space, op.content...), op.sequence, nil
	}
	var found [4]uint64
	for _, s := range l.index.find(n.hash, found[:0]) {
		there := false
		err := l.engine.row(s, func(value []byte) error {
			there = true
			r, err := readRow(s, value)
			if err == nil && s > sequence && bytes.Equal(r.identity, n.identity) {
				content, sequence = append(space, r.content...), s
			}
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		if !there {
			return nil, 0, fmt.Errorf("%w: record %d is missing", ErrDamaged, s)
		}
	}
	return content, sequence, nil
}

// write commits the records of a group, and removes the expired ones that the sweep
// found. An operation decides again if another one of the group has just written the
// same record.
func (l *Ledger) write(group []*operation) error {
	next := l.state
	next.commits++
	err := l.engine.transact(func() error {
		for _, op := range group {
			if err := l.add(op, &next); err != nil {
				return err
			}
		}
		return l.sweep.remove(l, &next)
	}, func() state {
		next.clock = l.sweep.clock
		return next
	})
	if err != nil {
		l.hurt(err)
		return err
	}
	l.state = next
	for _, op := range group {
		if op.writes {
			l.index.add(op.key.hash, op.sequence)
			if op.replaces != 0 {
				l.index.remove(op.key.hash, op.replaces)
			}
		}
	}
	l.swept()
	if err := l.volume.setMark(next.commits); err != nil {
		l.hurt(err)
		return err
	}
	// What was written to a file that is no longer in its place is lost with the next
	// start.
	if err := l.volume.check(); err != nil {
		l.raise(err)
		return err
	}
	l.healthy()
	return nil
}

func (l *Ledger) add(op *operation, next *state) error {
	if len(l.fresh) > 0 && l.isFresh(op) {
		if err := l.decide(op); err != nil || !op.writes {
			return err
		}
	}
	next.last++
	op.seal(next.last, op.replaces)
	next.rows++
	next.sum += share(op.sequence, op.value)
	l.fresh[string(op.key.identity)] = op
	return l.engine.insert(op.sequence, op.value)
}

// isFresh reports whether the group has written what the operation depends on.
func (l *Ledger) isFresh(op *operation) bool {
	if _, ok := l.fresh[string(op.key.identity)]; ok {
		return true
	}
	_, ok := l.fresh[string(op.user.identity)]
	return ok && op.hasUser
}

// lighten moves the write-ahead log into the database when it has grown long.
func (l *Ledger) lighten() error {
	if l.engine == nil || l.volume.written() < walLimit {
		return nil
	}
	l.volume.log.Store(0)
	return l.engine.drain()
}

// due reports whether there is something to commit without any operation.
func (l *Ledger) due() bool {
	return l.sweep.found() || l.failure.Load() != nil && l.retry.ready()
}
