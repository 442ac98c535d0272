// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// revocation is one Revoke on its way.
type revocation struct {
	l         *Ledger
	r         store.Revocation
	token     mark
	newest    mark
	user      [userKeySize]byte
	now       time.Time
	before    store.Verdict
	overtaken bool // the newest token was spent on the way
	pending   bool // there is something to write
}

// mark is a token that is to be revoked, and the record written for it.
type mark struct {
	named
	expires  int64
	sequence uint64
	value    []byte
	inserted bool
}

// Revoke answers store.Store's Revoke.
func (l *Ledger) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	v := &revocation{l: l, r: store.Revocation{
		Name: strings.Clone(r.Name), Leeway: r.Leeway, Reason: r.Reason,
		Token: store.Token{
			JTI: strings.Clone(r.Token.JTI), IssuedAt: r.Token.IssuedAt, ExpiresAt: r.Token.ExpiresAt,
			User: store.User{Kind: r.Token.User.Kind},
		},
	}}
	v.token.set(l, v.r.Name, v.r.Token.JTI)
	v.token.expires = r.Token.ExpiresAt
	if r.Token.User.Kind != store.NoUser {
		v.user = userKey(v.r.Name, r.Token.User.ID)
	}
	if err := ctx.Err(); err != nil {
		return store.RevokeAnswer{}, err
	}
	newest, steps, err := store.Kill(ctx, l.now(), v.r.Token, v.look, v.mark)
	if err != nil {
		return store.RevokeAnswer{}, err
	}
	return store.RevokeAnswer{Before: v.before, Now: v.now, Newest: newest.JTI, Steps: steps}, nil
}

// look is store.Look. The links of a batch are read in one transaction.
func (v *revocation) look(ctx context.Context, links []store.Link) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return v.l.view(func(tx *bolt.Tx) error {
		var n named
		for i := range links {
			n.set(v.l, v.r.Name, links[i].JTI)
			rec, sequence, err := v.l.lookUp(tx, &n, v.l.now())
			if err != nil {
				return err
			}
			links[i].Known = sequence != 0
			links[i].Spent = rec.flags&flagSpent != 0
			links[i].NextExpires = rec.expires
		}
		return nil
	})
}

// mark is store.Mark: it revokes the newest token and the one given in one
// commit, and neither if the newest was spent on the way.
func (v *revocation) mark(ctx context.Context, newest store.Link) (bool, error) {
	v.newest.set(v.l, v.r.Name, newest.JTI)
	v.newest.expires = newest.Expires
	if err := v.l.view(v.write); err != nil || v.overtaken || !v.pending {
		return !v.overtaken, err
	}
	_, err := v.l.group.commit(ctx, &write{run: v.write, settle: v.settle, done: make(chan error, 1)})
	return err == nil && !v.overtaken, err
}

func (v *revocation) settle(err error) {
	for _, m := range []*mark{&v.token, &v.newest} {
		v.l.settle(&m.named, m.sequence, err == nil && m.inserted, err)
		m.sequence = 0
	}
}

// write revokes in a commit; in a read transaction it says what it would do.
func (v *revocation) write(tx *bolt.Tx) error {
	v.now, v.overtaken, v.pending = v.l.now(), false, false
	v.token.inserted, v.newest.inserted = false, false
	rec, _, err := v.l.lookUp(tx, &v.newest.named, v.now)
	if err != nil {
		return err
	}
	if rec.flags&flagSpent != 0 {
		v.overtaken = true
		return nil
	}
	if v.before, err = v.standing(tx); err != nil {
		return err
	}
	if v.r.Reason != store.Reuse {
		if err := v.revoke(tx, &v.token); err != nil {
			return err
		}
	}
	return v.revoke(tx, &v.newest)
}

// standing is what Check says of the token given.
func (v *revocation) standing(tx *bolt.Tx) (store.Verdict, error) {
	op := operation{l: v.l, hasUser: v.r.Token.User.Kind != store.NoUser, user: v.user, issued: v.r.Token.IssuedAt}
	op.token = v.token.named
	op.next.set(v.l, v.r.Name, store.Successor(v.r.Token.JTI))
	if err := op.decide(tx); err != nil {
		return store.Undecided, err
	}
	return op.answer.Verdict, nil
}

// revoke marks one token as revoked, whatever else is known of it.
func (v *revocation) revoke(tx *bolt.Tx, m *mark) error {
	rec, sequence, err := v.l.lookUp(tx, &m.named, v.now)
	if err != nil {
		return err
	}
	keep := store.KeepRevoked(v.now, v.r.Reason, m.expires, v.r.Leeway)
	if rec.flags&flagRevoked != 0 && rec.keep >= keep {
		return nil
	}
	v.pending = true
	if !tx.Writable() {
		return nil
	}
	rec.flags |= flagRevoked
	rec.keep = max(rec.keep, keep)
	if sequence == 0 {
		m.inserted = true
		return v.l.insert(tx, &m.named, &m.sequence, &m.value, &rec)
	}
	var key [sequenceSize]byte
	value := appendRecord(append([]byte(nil), m.identity...), &rec)
	return tx.Bucket(bucketTokens).Put(putSequence(&key, sequence), value)
}
