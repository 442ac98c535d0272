// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	userKeySize = sha256.Size
	cutOffSize  = 16
)

// userKey is the key of a user's cut-off. A user id is any text of any length,
// so it is its hash.
func userKey(name, id string) [userKeySize]byte {
	var space [256]byte
	b := binary.AppendUvarint(space[:0], uint64(len(name)))
	b = append(b, name...)
	return sha256.Sum256(append(b, id...))
}

// readCutOff returns a user's cut-off if there is one.
func readCutOff(tx *bolt.Tx, key []byte, now time.Time) (second int64, found bool, err error) {
	value := tx.Bucket(bucketUsers).Get(key)
	if value == nil {
		return 0, false, nil
	}
	second, keep, err := decodeCutOff(value)
	if err != nil {
		return 0, false, fmt.Errorf("%w: cut-off %x", err, key)
	}
	return second, keep >= now.Unix(), nil
}

func decodeCutOff(value []byte) (second, keep int64, err error) {
	if len(value) != cutOffSize {
		return 0, 0, ErrDamaged
	}
	return int64(binary.BigEndian.Uint64(value)), int64(binary.BigEndian.Uint64(value[8:])), nil
}

// CutOff answers store.Store's CutOff.
func (l *Ledger) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	if c.User.Kind == store.NoUser {
		return store.CutOffAnswer{}, store.ErrNoUser
	}
	if err := ctx.Err(); err != nil {
		return store.CutOffAnswer{}, err
	}
	v := &voiding{l: l, key: userKey(c.Name, c.User.ID)}
	// The count goes up before the commit, since a bucket that counts as empty
	// is not looked into, and down again if there was no need.
	l.users.Add(1)
	finished, err := l.group.commit(ctx, &write{run: v.write, settle: v.settle, done: make(chan error, 1)})
	if !finished || err != nil {
		return store.CutOffAnswer{}, err
	}
	return v.answer, nil
}

// voiding is one CutOff on its way.
type voiding struct {
	l       *Ledger
	key     [userKeySize]byte
	value   [cutOffSize]byte
	renewed bool
	answer  store.CutOffAnswer
}

func (v *voiding) write(tx *bolt.Tx) error {
	now := v.l.now()
	second := now.Unix()
	users := tx.Bucket(bucketUsers)
	v.renewed = users.Get(v.key[:]) != nil
	old, found, err := readCutOff(tx, v.key[:], now)
	if err != nil {
		return err
	}
	if found {
		second = max(second, old)
	}
	v.answer = store.CutOffAnswer{Now: now, Second: second, Tokens: -1}
	binary.BigEndian.PutUint64(v.value[:], uint64(second))
	binary.BigEndian.PutUint64(v.value[8:], uint64(store.KeepCutOff(now)))
	return users.Put(v.key[:], v.value[:])
}

func (v *voiding) settle(err error) {
	if err != nil {
		v.l.fault(err) // and leave the count too high: the commit may be there
	} else if v.renewed {
		v.l.users.Add(-1)
	}
}
