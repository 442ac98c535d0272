// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"hash/maphash"
	"time"
)

// The sweep walks round and round through the log, 1 000 rows a step, and removes
// rows that were replaced and records that are dead. It needs no index by expiry,
// which would double what a rotation writes; reading ten million records an hour
// is next to nothing. What it found goes with the next commit.
//
// It takes a step with each commit while there are more rows than twice the
// records and some: then at least every second row on a round is one that was
// replaced, and the file stays within that bound.
const (
	sweepStep  = 1_000
	sweepRound = time.Hour
	sweepRush  = 50 * time.Millisecond // the pause after a step that found much
	sweepLeast = 200 * time.Millisecond
	sweepSlack = 10_000 // rows
)

// sweep is where the sweep stands.
type sweep struct {
	most   time.Duration // the longest pause
	cursor uint64        // the row looked at last
	next   time.Time     // when a step is due
	many   bool          // the last step found much
	runs   []run
	dead   int64 // records among what was found

	// clock decides which records are dead. It advances with the time that passes,
	// and at most twice as fast while the wall clock is ahead of it. So neither a
	// wall clock that ran ahead for an hour nor a wrong one after a start makes the
	// sweep remove live records: Margin covers that hour.
	clock  int64         // seconds since 1970
	part   time.Duration // of the second under way
	ticked time.Duration // uptime at the last look at it
}

// run is an unbroken line of rows to be removed.
type run struct {
	from, to  uint64
	rows, sum uint64
}

func (s *sweep) start(l *Ledger, most time.Duration) {
	if most == 0 {
		most = time.Minute
	}
	s.most, s.clock, s.ticked = most, l.state.clock, l.uptime()
	s.next = time.Now().Add(most)
}

// tick advances the clock. The clock is never ahead of the wall clock, since removing
// a record late is safe.
func (s *sweep) tick(l *Ledger) {
	now, wall := l.uptime(), l.now()
	s.part += now - s.ticked
	ran := int64(s.part / time.Second)
	s.part -= time.Duration(ran) * time.Second
	s.ticked = now
	s.clock += ran
	s.clock += min(max(wall.Unix()-s.clock, 0), ran)
	s.clock = min(s.clock, wall.Unix())
}

// pause is how long no step is due.
func (s *sweep) pause() time.Duration { return max(time.Until(s.next), time.Millisecond) }

// crowded reports whether there are too many rows that were replaced.
func (s *sweep) crowded(l *Ledger) bool {
	return l.state.rows > 2*l.index.count.Load()+sweepSlack
}

// found reports whether there is something to be removed.
func (s *sweep) found() bool { return len(s.runs) > 0 }

// look takes a step if one is due. Dead records leave the index at once, so that it
// never knows a record that may be gone. If the commit fails they are rows without an
// entry, which the next round removes.
func (s *sweep) look(l *Ledger) error {
	if s.found() || !s.crowded(l) && time.Now().Before(s.next) {
		return nil
	}
	s.tick(l)
	seen, removed, on := 0, 0, false
	err := guard(func() error {
		return l.engine.walk(s.cursor, func(sequence uint64, value []byte) (bool, error) {
			if seen == sweepStep {
				on = true
				return false, nil
			}
			seen++
			s.cursor = sequence
			r, err := readRow(sequence, value)
			if err != nil {
				return false, err
			}
			hash := maphash.Bytes(l.seed, r.identity)
			if l.index.has(hash, sequence) {
				keep, ok := keepOf(r.identity, r.content)
				if !ok {
					return false, errForm(sequence)
				}
				if keep >= s.clock {
					s.broken()
					return true, nil
				}
				l.index.remove(hash, sequence)
				s.dead++
			}
			s.extend(sequence, share(sequence, value))
			removed++
			return true, nil
		})
	})
	if !on {
		s.cursor = 0
	}
	s.many = removed > sweepStep/10
	s.schedule(l)
	s.trim()
	return err
}

// schedule spreads a round over an hour, and hurries if there is much to remove.
func (s *sweep) schedule(l *Ledger) {
	pause := min(s.most, sweepRush)
	if !s.many {
		steps := time.Duration(l.state.rows/sweepStep + 1)
		pause = min(s.most, max(sweepLeast, sweepRound/steps))
	}
	s.next = time.Now().Add(pause)
}

// extend adds a row to the run under way; broken ends it.
func (s *sweep) extend(sequence, share uint64) {
	if n := len(s.runs); n == 0 || s.runs[n-1].rows == 0 {
		s.trim()
		s.runs = append(s.runs, run{from: sequence, to: sequence, rows: 1, sum: share})
		return
	}
	r := &s.runs[len(s.runs)-1]
	r.to, r.rows, r.sum = sequence, r.rows+1, r.sum+share
}

func (s *sweep) broken() {
	if s.found() && s.runs[len(s.runs)-1].rows > 0 {
		s.runs = append(s.runs, run{})
	}
}

// trim drops an empty run at the end.
func (s *sweep) trim() {
	if n := len(s.runs); n > 0 && s.runs[n-1].rows == 0 {
		s.runs = s.runs[:n-1]
	}
}

// remove deletes what was found. Only within a transaction.
func (s *sweep) remove(l *Ledger, next *state) error {
	for _, r := range s.runs {
		if err := l.engine.remove(r.from, r.to, int64(r.rows)); err != nil {
			return err
		}
		next.rows -= int64(r.rows)
		next.sum -= r.sum
	}
	return nil
}

// forget drops what was found, since nobody knows whether it is still there.
func (s *sweep) forget() { s.runs, s.dead = s.runs[:0], 0 }

// swept notes that what was found is gone.
func (l *Ledger) swept() {
	s := &l.sweep
	l.status.Lock()
	defer l.status.Unlock()
	l.status.purged += s.dead
	l.status.lastPurge = l.now()
	s.forget()
}
