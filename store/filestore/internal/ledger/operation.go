// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const sequenceSize = 8

var errBusy = errors.New("too many requests wait for the file")

// operation is a Check or a Spend on its way. It holds a copy of everything that
// it needs, since whoever asked may give up and go on before it is done; then it
// is left to the garbage collector.
type operation struct {
	l       *Ledger
	write   write
	read    func(*bolt.Tx) error // decide, bound once so that it costs nothing later
	givenUp atomic.Bool

	spend  bool // false: only check
	issued int64
	keep   int64
	grace  time.Duration
	offer  store.Issued // the successor's iat and exp

	token, next named
	user        [userKeySize]byte
	hasUser     bool
	sequence    uint64 // of the record to write; drawn once
	value       []byte // of the record to write

	answer store.Answer
}

// named is the identity of a token and its hash.
type named struct {
	identity []byte
	hash     uint64
}

func (n *named) set(l *Ledger, name, jti string) {
	n.identity = appendIdentity(n.identity[:0], name, jti)
	n.hash = maphash.Bytes(l.seed, n.identity)
}

func newOperation(l *Ledger) *operation {
	op := &operation{l: l}
	op.read = op.decide
	op.write = write{run: op.record, settle: op.settle, done: make(chan error, 1)}
	return op
}

// Check answers store.Store's Check.
func (l *Ledger) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	op := l.ops.Get().(*operation)
	op.spend = false
	op.prepare(c.Name, &c.Token, store.Successor(c.Token.JTI))
	return l.run(ctx, op)
}

// Spend answers store.Store's Spend.
func (l *Ledger) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	op := l.ops.Get().(*operation)
	op.spend = true
	op.grace = s.Grace
	op.offer = store.Issued{IssuedAt: s.Successor.IssuedAt, ExpiresAt: s.Successor.ExpiresAt}
	op.keep = store.KeepSpent(s.Token.ExpiresAt, s.Successor.ExpiresAt, s.Leeway)
	op.prepare(s.Name, &s.Token, s.Successor.JTI)
	a, err := l.run(ctx, op)
	if a.Verdict == store.Rotated || a.Verdict == store.Replayed {
		a.Successor.JTI = s.Successor.JTI
	}
	return a, err
}

func (op *operation) prepare(name string, t *store.Token, next string) {
	op.token.set(op.l, name, t.JTI)
	op.next.set(op.l, name, next)
	op.issued = t.IssuedAt
	op.sequence = 0
	op.answer = store.Answer{}
	if op.hasUser = t.User.Kind != store.NoUser; op.hasUser {
		op.user = userKey(name, t.User.ID)
	}
}

// run answers from a read transaction where nothing is to be written, and from
// the index alone where it has never heard of the token.
func (l *Ledger) run(ctx context.Context, op *operation) (store.Answer, error) {
	if err := ctx.Err(); err != nil {
		return store.Answer{}, err
	}
	switch unheardOf := op.unheardOf(); {
	case unheardOf && !op.spend:
		op.answer = store.Answer{Verdict: store.Live, Now: l.now()}
	case !unheardOf:
		if err := l.view(op.read); err != nil {
			return store.Answer{}, err
		}
	}
	if op.spend && (op.answer.Verdict == store.Undecided || op.answer.Verdict == store.Rotated) {
		finished, err := l.group.commit(ctx, &op.write)
		if !finished {
			op.givenUp.Store(true)
		}
		if err != nil {
			return store.Answer{}, err
		}
	}
	a := op.answer
	l.ops.Put(op)
	return a, nil
}

// view reads in a transaction of its own. It does not wait for a commit.
func (l *Ledger) view(f func(*bolt.Tx) error) error {
	err := guard(func() error { return l.db.View(f) })
	if err != nil {
		l.fault(err)
	}
	return err
}

// unheardOf reports that there is nothing on the token, its successor or its
// user, which the index knows without a look at the file.
func (op *operation) unheardOf() bool {
	var found [4]uint64
	return len(op.l.index.find(op.token.hash, found[:0])) == 0 &&
		len(op.l.index.find(op.next.hash, found[:0])) == 0 &&
		(!op.hasUser || op.l.users.Load() == 0)
}

// decide reads the facts and answers by them. It writes nothing.
func (op *operation) decide(tx *bolt.Tx) error {
	f := store.Facts{Now: op.l.now()}
	token, _, err := op.l.lookUp(tx, &op.token, f.Now)
	if err != nil {
		return err
	}
	next, _, err := op.l.lookUp(tx, &op.next, f.Now)
	if err != nil {
		return err
	}
	f.Token, f.Successor = token.facts(), next.facts()
	if op.hasUser && op.l.users.Load() > 0 {
		if f.CutOff, f.HasCutOff, err = readCutOff(tx, op.user[:], f.Now); err != nil {
			return err
		}
	}
	op.answer = store.Answer{Now: f.Now}
	if !op.spend {
		op.answer.Verdict = f.Check(op.issued)
		return nil
	}
	op.answer.Verdict = f.Spend(op.issued, op.grace)
	if op.answer.Verdict == store.Replayed {
		op.answer.Successor = f.Token.Successor
	}
	return nil
}

// record decides once more, inside a commit, and writes down the winner. It
// returns an error only where the file is damaged.
func (op *operation) record(tx *bolt.Tx) error {
	op.answer = store.Answer{}
	if op.givenUp.Load() {
		return nil
	}
	if err := op.decide(tx); err != nil || op.answer.Verdict != store.Rotated {
		return err
	}
	op.answer.Successor = op.offer
	rec := record{
		flags: flagSpent, keep: op.keep, spentAt: op.answer.Now.UnixMicro(),
		issued: op.offer.IssuedAt, expires: op.offer.ExpiresAt,
	}
	return op.l.insert(tx, &op.token, &op.sequence, &op.value, &rec)
}

// settle brings the index and the counters in line with the outcome.
func (op *operation) settle(err error) {
	op.l.settle(&op.token, op.sequence, err == nil && op.answer.Verdict == store.Rotated, err)
}

// lookUp finds the living record of a token and its sequence number, 0 where
// there is none.
func (l *Ledger) lookUp(tx *bolt.Tx, n *named, now time.Time) (rec record, sequence uint64, err error) {
	var space [4]uint64
	for _, s := range l.index.find(n.hash, space[:0]) {
		var key [sequenceSize]byte
		value := tx.Bucket(bucketTokens).Get(putSequence(&key, s))
		found, err := rec.decode(value, n.identity)
		if err != nil {
			return record{}, 0, fmt.Errorf("%w: record %x: %w", ErrDamaged, key, err)
		}
		if found && !rec.dead(now) {
			return rec, s, nil
		}
	}
	return record{}, 0, nil
}

// insert appends a record. The sequence number is drawn once for an operation,
// also if it runs again, and never given to another.
func (l *Ledger) insert(tx *bolt.Tx, n *named, sequence *uint64, value *[]byte, rec *record) error {
	if *sequence == 0 {
		*sequence = l.last.Add(1)
	}
	*value = appendRecord(append((*value)[:0], n.identity...), rec)
	l.index.add(n.hash, *sequence)
	var key [sequenceSize]byte
	b := tx.Bucket(bucketTokens)
	b.FillPercent = appendFill
	return b.Put(putSequence(&key, *sequence), *value)
}

// settle counts a record that was inserted, or takes its index entry back.
func (l *Ledger) settle(n *named, sequence uint64, inserted bool, err error) {
	if err != nil {
		l.fault(err)
	}
	switch {
	case sequence == 0:
	case inserted:
		l.tokens.Add(1)
	default:
		l.forget(n.hash, sequence)
	}
}

// forget takes back an index entry whose record was not written, unless it turns
// out to be there: a commit may fail after it has become visible.
func (l *Ledger) forget(hash, sequence uint64) {
	_ = l.view(func(tx *bolt.Tx) error {
		var key [sequenceSize]byte
		if tx.Bucket(bucketTokens).Get(putSequence(&key, sequence)) == nil {
			l.index.remove(hash, sequence)
		} else {
			l.tokens.Add(1)
		}
		return nil
	})
}

// appendFill is how full pages are left that are written in order.
const appendFill = 0.95

func putSequence(key *[sequenceSize]byte, sequence uint64) []byte {
	binary.BigEndian.PutUint64(key[:], sequence)
	return key[:]
}

func readSequence(key []byte) uint64 { return binary.BigEndian.Uint64(key) }
