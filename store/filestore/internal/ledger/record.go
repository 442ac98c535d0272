// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// A record in the file is
//
//	identity  flags:1  keep:varint  [spent at:varint  iat:varint  exp:varint]
//
// where keep is the last second of its life, spent at is in microseconds, and
// the part in brackets is there where the token is spent. An identity is
//
//	length of name:uvarint  name  length of jti:1  jti
//
// in which 32 lower-case hex digits, the shape of almost every jti, are packed
// into 16 bytes under the length 0. An identity ends by itself, so two are equal
// where one is a prefix of the other.
const (
	flagSpent   = 1 << 0
	flagRevoked = 1 << 1
	flagsKnown  = flagSpent | flagRevoked

	packedSize = 16
)

var errRecord = errors.New("record is damaged")

// record is a store.Record as the file holds it.
type record struct {
	flags   byte
	keep    int64 // seconds
	spentAt int64 // microseconds
	issued  int64 // of the successor
	expires int64 // of the successor
}

// appendIdentity appends the identity of a token of a site.
func appendIdentity(b []byte, name, jti string) []byte {
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(b, name...)
	if len(jti) == 2*packedSize {
		var packed [packedSize]byte
		if pack(&packed, jti) {
			return append(append(b, 0), packed[:]...)
		}
	}
	b = append(b, byte(len(jti)))
	return append(b, jti...)
}

// pack turns lower-case hex digits into bytes and reports whether all were.
func pack(out *[packedSize]byte, digits string) bool {
	for i := range out {
		high, low := nibble(digits[2*i]), nibble(digits[2*i+1])
		if high|low > 0xf {
			return false
		}
		out[i] = high<<4 | low
	}
	return true
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	default:
		return 0xff
	}
}

// appendRecord appends what follows the identity.
func appendRecord(b []byte, r *record) []byte {
	b = append(b, r.flags)
	b = binary.AppendVarint(b, r.keep)
	if r.flags&flagSpent != 0 {
		b = binary.AppendVarint(b, r.spentAt)
		b = binary.AppendVarint(b, r.issued)
		b = binary.AppendVarint(b, r.expires)
	}
	return b
}

// identityOf returns the identity that a stored value begins with.
func identityOf(value []byte) ([]byte, error) {
	size, n := binary.Uvarint(value)
	if n <= 0 || size >= uint64(len(value)-n) {
		return nil, errRecord
	}
	at := n + int(size)
	length := int(value[at])
	if length == 0 {
		length = packedSize
	}
	if at+1+length > len(value) {
		return nil, errRecord
	}
	return value[:at+1+length], nil
}

// decode reads the record out of a stored value if the identity is the one
// wanted.
func (r *record) decode(value, identity []byte) (bool, error) {
	if !bytes.HasPrefix(value, identity) {
		return false, nil
	}
	in := value[len(identity):]
	if len(in) == 0 || in[0]&^flagsKnown != 0 {
		return false, errRecord
	}
	r.flags, in = in[0], in[1:]
	fields := [...]*int64{&r.keep, &r.spentAt, &r.issued, &r.expires}
	count := 1
	if r.flags&flagSpent != 0 {
		count = len(fields)
	}
	for _, field := range fields[:count] {
		v, n := binary.Varint(in)
		if n <= 0 {
			return false, errRecord
		}
		*field, in = v, in[n:]
	}
	if len(in) != 0 {
		return false, errRecord
	}
	return true, nil
}

// dead reports whether nothing depends on the record any more. It counts as
// nothing from then on, whether or not it is still in the file.
func (r *record) dead(now time.Time) bool { return r.keep < now.Unix() }

// facts returns the record in the words of package store.
func (r *record) facts() store.Record {
	return store.Record{
		Spent:     r.flags&flagSpent != 0,
		SpentAt:   time.UnixMicro(r.spentAt),
		Revoked:   r.flags&flagRevoked != 0,
		Successor: store.Issued{IssuedAt: r.issued, ExpiresAt: r.expires},
	}
}
