// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

type kind uint8

const (
	check kind = iota
	spend
	revoke
	cut
)

// operation is one request to the ledger. It holds a copy of everything that it
// needs, since the caller may give up before it is done; then it is left to the
// garbage collector.
type operation struct {
	kind    kind
	done    chan error // of capacity 1
	givenUp atomic.Bool

	key     named // of the record that is decided on
	user    named // of the cut-off that is looked at
	hasUser bool
	step    uint32

	spend  store.Spend      // without its texts
	revoke store.Revocation // without its texts
	cut    store.CutOff     // without its texts

	answer  store.Answer
	revoked store.RevokeAnswer
	voided  store.CutOffAnswer

	// What is held of the record, and of the cut-off.
	held, void []byte

	// What is to be written.
	writes   bool
	content  []byte
	value    []byte
	sequence uint64
	replaces uint64
}

// named is the identity of a record and its hash.
type named struct {
	identity []byte
	hash     uint64
}

func (n *named) rehash(l *Ledger) { n.hash = maphash.Bytes(l.seed, n.identity) }

func (l *Ledger) operation(k kind, name string, t *store.Token) *operation {
	op := l.ops.Get().(*operation)
	op.kind, op.writes, op.sequence, op.replaces = k, false, 0, 0
	place := store.Locate(t.JTI)
	op.step = place.Step
	op.key.identity = appendSession(op.key.identity[:0], name, place.Session)
	op.key.rehash(l)
	if op.hasUser = t.User.Kind != store.NoUser; op.hasUser {
		op.user.identity = appendUser(op.user.identity[:0], name, t.User.ID)
		op.user.rehash(l)
	}
	return op
}

// plain is a token without its texts, which belong to the caller.
func plain(t *store.Token) store.Token {
	return store.Token{IssuedAt: t.IssuedAt, ExpiresAt: t.ExpiresAt}
}

// Check answers store.Store's Check. If the index has no such record, the file is not
// asked.
func (l *Ledger) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	op := l.operation(check, c.Name, &c.Token)
	op.spend = store.Spend{Token: plain(&c.Token)}
	if err := errors.Join(ctx.Err(), l.bars()); err != nil {
		return store.Answer{}, err
	}
	var found [4]uint64
	if len(l.index.find(op.key.hash, found[:0])) == 0 && (!op.hasUser || len(l.index.find(op.user.hash, found[:0])) == 0) {
		l.ops.Put(op)
		return store.Answer{Verdict: store.Live, Now: l.now()}, nil
	}
	if err := l.run(ctx, op); err != nil {
		return store.Answer{}, err
	}
	defer l.ops.Put(op)
	return op.answer, nil
}

// Spend answers store.Store's Spend.
func (l *Ledger) Spend(ctx context.Context, s *store.Spend) (store.Answer, error) {
	op := l.operation(spend, s.Name, &s.Token)
	op.spend = store.Spend{
		Token:     plain(&s.Token),
		Successor: store.Issued{IssuedAt: s.Successor.IssuedAt, ExpiresAt: s.Successor.ExpiresAt},
		Grace:     s.Grace, LateRetry: s.LateRetry, EndOnReuse: s.EndOnReuse, Leeway: s.Leeway,
	}
	if err := l.run(ctx, op); err != nil {
		return store.Answer{}, err
	}
	a := op.answer
	l.ops.Put(op)
	if a.Verdict == store.Rotated || a.Verdict == store.Replayed {
		a.Successor.JTI = s.Successor.JTI
	}
	return a, nil
}

// Revoke answers store.Store's Revoke.
func (l *Ledger) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	op := l.operation(revoke, r.Name, &r.Token)
	op.revoke = store.Revocation{Token: plain(&r.Token), Leeway: r.Leeway, Reason: r.Reason}
	if err := l.run(ctx, op); err != nil {
		return store.RevokeAnswer{}, err
	}
	defer l.ops.Put(op)
	return op.revoked, nil
}

// CutOff answers store.Store's CutOff.
func (l *Ledger) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	op := l.ops.Get().(*operation)
	op.kind, op.writes, op.hasUser, op.sequence, op.replaces = cut, false, false, 0, 0
	op.cut = store.CutOff{Second: c.Second, Lifetime: c.Lifetime}
	op.key.identity = appendUser(op.key.identity[:0], c.Name, c.User.ID)
	op.key.rehash(l)
	if err := l.run(ctx, op); err != nil {
		return store.CutOffAnswer{}, err
	}
	defer l.ops.Put(op)
	return op.voided, nil
}

// decide answers from what the ledger holds and says whether anything is to be
// written. held is the content of the record that the answer depends on, void that of
// the user's cut-off; nil means none.
func (op *operation) decide(now time.Time, held, void []byte) bool {
	op.content = op.content[:0]
	if op.kind == cut {
		return op.decideCutOff(now, held)
	}
	var (
		rec store.Record
		off cutOff
	)
	if held != nil && !decodeRecord(held, &rec) || void != nil && !decodeCutOff(void, &off) {
		return false
	}
	voided := func(issued int64) bool { return void != nil && off.keep >= now.Unix() && off.second >= issued }
	switch op.kind {
	case check:
		op.answer = store.Answer{Verdict: rec.Check(op.step, voided(op.spend.Token.IssuedAt), now), Now: now}
	case spend:
		op.answer, op.writes = rec.Spend(&op.spend, op.step, voided(op.spend.Token.IssuedAt), now)
	case revoke:
		op.revoked, op.writes = rec.Revoke(&op.revoke, op.step, voided(op.revoke.Token.IssuedAt), now)
	}
	if op.writes {
		op.content = appendRecord(op.content, &rec)
	}
	return true
}

func (op *operation) decideCutOff(now time.Time, held []byte) bool {
	v := cutOff{op.cut.Second, store.KeepCutOff(now, op.cut.Lifetime)}
	var old cutOff
	if held != nil && !decodeCutOff(held, &old) {
		return false
	}
	if held != nil && old.keep >= now.Unix() {
		v = cutOff{max(v.second, old.second), max(v.keep, old.keep)}
	}
	op.voided = store.CutOffAnswer{Now: now, Second: v.second, Tokens: -1}
	op.writes, op.content = true, appendCutOff(op.content, v)
	return true
}

// seal makes the row to be written.
func (op *operation) seal(sequence, replaces uint64) {
	op.sequence, op.replaces = sequence, replaces
	op.value = beginRow(op.value[:0], sequence, replaces)
	op.value = append(append(op.value, op.key.identity...), op.content...)
	seal(sequence, op.value)
}
