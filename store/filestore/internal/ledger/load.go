// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"fmt"
	"hash/maphash"
)

// load reads the whole file into the index and compares it with its state.
func (l *Ledger) load(after Standing, stop <-chan struct{}) (err error) {
	if l.engine, err = connect(l.volume); err != nil {
		return diagnose(err)
	}
	var mark uint64
	if l.id, mark, err = readHeader(l.volume.main.disk); err != nil {
		return err
	}
	l.volume.mark.Store(mark)
	if l.state, err = l.resume(); err != nil {
		return err
	}
	if after.commits > 0 && (l.id != after.id || l.state.commits < after.commits) {
		return fmt.Errorf("%w: another file, or an older copy, is in its place; put the right one back, or restart Caddy to use the one that is there", errGone)
	}
	seen, err := l.read(0, stop)
	switch {
	case err != nil:
		return err
	case seen.rows != l.state.rows || seen.sum != l.state.sum || seen.last > l.state.last:
		return fmt.Errorf("%w: %d records were found, which are not the %d that it should hold", ErrDamaged, seen.rows, l.state.rows)
	}
	return l.checkpointed()
}

// resume readies a connection and returns the state of the database, which must
// not be behind the mark.
func (l *Ledger) resume() (state, error) {
	if err := l.engine.prepare(); err != nil {
		return state{}, diagnose(err)
	}
	s, err := l.engine.state()
	if err == nil && s.commits < l.volume.mark.Load() {
		err = fmt.Errorf("%w: the last %d commits are lost", ErrDamaged, l.volume.mark.Load()-s.commits)
	}
	return s, diagnose(err)
}

// read puts the rows behind a sequence number into the index.
func (l *Ledger) read(behind uint64, stop <-chan struct{}) (seen state, err error) {
	err = guard(func() error {
		return l.engine.walk(behind, func(sequence uint64, value []byte) (bool, error) {
			r, err := readRow(sequence, value)
			if err == nil {
				_, ok := keepOf(r.identity, r.content)
				if !ok || sequence > maxSequence {
					err = errForm(sequence)
				}
			}
			if err != nil {
				return false, err
			}
			hash := maphash.Bytes(l.seed, r.identity)
			if r.replaces != 0 {
				l.index.remove(hash, r.replaces)
			}
			if err := l.supersede(hash, r.identity); err != nil {
				return false, err
			}
			l.index.add(hash, sequence)
			seen.rows, seen.sum, seen.last = seen.rows+1, seen.sum+share(sequence, value), sequence
			if seen.rows%1000 == 0 {
				select {
				case <-stop:
					return false, ErrClosed
				default:
				}
			}
			return true, nil
		})
	})
	return seen, diagnose(err)
}

// supersede takes older records with an identity out of the index. A row names the
// one that it replaces, which is nearly always the only one. But if the sweep removed
// that one before an even older one, no row leads to the older one.
func (l *Ledger) supersede(hash uint64, identity []byte) error {
	var found [4]uint64
	for _, s := range l.index.find(hash, found[:0]) {
		if err := l.engine.row(s, func(value []byte) error {
			r, err := readRow(s, value)
			if err == nil && bytes.Equal(r.identity, identity) {
				l.index.remove(hash, s)
			}
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// checkpointed makes durable what a process before this one, or a failed commit,
// may have left in the write-ahead log without a sync.
func (l *Ledger) checkpointed() error {
	err := l.engine.checkpoint()
	if err == nil {
		err = l.volume.setMark(l.state.commits)
	}
	return diagnose(err)
}
