// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"context"
	"hash/maphash"
	"time"

	bolt "go.etcd.io/bbolt"
)

// The sweep walks round and round through the file, 1 000 keys a step, and
// removes what is dead. It needs no index by expiry, which would double what a
// rotation writes; reading ten million records an hour is next to nothing.
const (
	sweepStep  = 1_000
	sweepRound = time.Hour
	sweepRush  = 50 * time.Millisecond // the pause after a step that found much
	sweepLeast = 200 * time.Millisecond
)

// corpse is a dead record to be removed.
type corpse struct {
	sequence uint64
	hash     uint64
}

// sweeper is where the sweep stands.
type sweeper struct {
	l      *Ledger
	token  uint64 // the next sequence number to look at
	user   []byte // the next user key to look at
	dead   []corpse
	voided [][]byte
}

func (l *Ledger) sweepForever() {
	defer close(l.purge.done)
	s := &sweeper{l: l}
	timer := time.NewTimer(l.sweepPause(0))
	defer timer.Stop()
	for {
		select {
		case <-l.purge.stop:
			return
		case <-timer.C:
		}
		removed, err := s.step()
		if err != nil {
			l.fault(err)
		}
		timer.Reset(l.sweepPause(removed))
	}
}

// sweepPause spreads a round over an hour, and hurries where much is dead.
func (l *Ledger) sweepPause(removed int) time.Duration {
	if removed > sweepStep/10 {
		return min(l.sweep, sweepRush)
	}
	steps := time.Duration(l.tokens.Load()/sweepStep + 1)
	return min(l.sweep, max(sweepLeast, sweepRound/steps))
}

// step looks at the next keys and removes those that are dead, as part of
// whatever group commits next. It reports how many it removed.
func (s *sweeper) step() (int, error) {
	now := s.l.now()
	if err := s.l.view(func(tx *bolt.Tx) error { return s.look(tx, now) }); err != nil {
		return 0, err
	}
	if len(s.dead)+len(s.voided) > 0 {
		w := &write{
			run:    func(tx *bolt.Tx) error { return s.remove(tx, now) },
			settle: func(error) {}, done: make(chan error, 1),
		}
		if _, err := s.l.group.commit(context.Background(), w); err != nil {
			return 0, err
		}
	}
	for _, c := range s.dead {
		s.l.index.remove(c.hash, c.sequence)
	}
	s.l.tokens.Add(-int64(len(s.dead)))
	s.l.users.Add(-int64(len(s.voided)))
	removed := len(s.dead) + len(s.voided)
	s.l.state.Lock()
	defer s.l.state.Unlock()
	s.l.state.purged += int64(removed)
	s.l.state.lastPurge = now
	return removed, nil
}

// look collects the dead among the next keys. Behind the last one it begins
// anew with the next step.
func (s *sweeper) look(tx *bolt.Tx, now time.Time) error {
	s.dead, s.voided = s.dead[:0], s.voided[:0]
	var (
		from [sequenceSize]byte
		rec  record
		seen int
	)
	tokens := tx.Bucket(bucketTokens).Cursor()
	key, value := tokens.Seek(putSequence(&from, s.token))
	for ; key != nil && seen < sweepStep; key, value = tokens.Next() {
		seen++
		identity, err := identityOf(value)
		if err != nil {
			return err
		}
		if _, err := rec.decode(value, identity); err != nil {
			return err
		}
		if rec.dead(now) {
			s.dead = append(s.dead, corpse{readSequence(key), maphash.Bytes(s.l.seed, identity)})
		}
	}
	s.token = 0
	if key != nil {
		s.token = readSequence(key)
	}
	users := tx.Bucket(bucketUsers).Cursor()
	key, value = users.Seek(s.user)
	for seen = 0; key != nil && seen < sweepStep; key, value = users.Next() {
		seen++
		_, keep, err := decodeCutOff(value)
		if err != nil {
			return err
		}
		if keep < now.Unix() {
			s.voided = append(s.voided, bytes.Clone(key))
		}
	}
	s.user = bytes.Clone(key)
	return nil
}

// remove deletes what look found, except for what was renewed in the meantime.
func (s *sweeper) remove(tx *bolt.Tx, now time.Time) error {
	var (
		key  [sequenceSize]byte
		rec  record
		dead = s.dead[:0]
	)
	tokens := tx.Bucket(bucketTokens)
	for _, c := range s.dead {
		value := tokens.Get(putSequence(&key, c.sequence))
		identity, err := identityOf(value)
		if err != nil {
			return err
		}
		if _, err := rec.decode(value, identity); err != nil {
			return err
		}
		if !rec.dead(now) {
			continue
		}
		if err := tokens.Delete(key[:]); err != nil {
			return err
		}
		dead = append(dead, c)
	}
	s.dead = dead
	users, voided := tx.Bucket(bucketUsers), s.voided[:0]
	for _, user := range s.voided {
		if _, alive, err := readCutOff(tx, user, now); err != nil {
			return err
		} else if alive {
			continue
		}
		if err := users.Delete(user); err != nil {
			return err
		}
		voided = append(voided, user)
	}
	s.voided = voided
	return nil
}
