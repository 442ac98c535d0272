// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// A row of the log is a record as it was at one moment. It is never changed; a
// later row replaces it. Its value is
//
//	CRC:4  back:uvarint  identity  content
//
// with the CRC over the sequence number and all behind it. back is how many
// numbers ago the row lies that this one replaces, 0 where there is none. The
// identity of a session and that of a user's cut-off are
//
//	's'  length of name:uvarint  name  session:10
//	'u'  SHA-256 of name and user id:32
//
// A user id is any text of any length, hence the hash.
const (
	kindSession = 's'
	kindCutOff  = 'u'

	checksumSize = 4
	sessionSize  = 10
)

// appendSession appends the identity of a session.
func appendSession(b []byte, name, session string) []byte {
	b = append(b, kindSession)
	b = binary.AppendUvarint(b, uint64(len(name)))
	b = append(b, name...)
	var packed [sessionSize]byte
	_, _ = hex.Decode(packed[:], []byte(session)) // 20 hex digits, says store.Place
	return append(b, packed[:]...)
}

// appendUser appends the identity of a user's cut-off.
func appendUser(b []byte, name, id string) []byte {
	var space [256]byte
	in := binary.AppendUvarint(space[:0], uint64(len(name)))
	in = append(in, name...)
	sum := sha256.Sum256(append(in, id...))
	return append(append(b, kindCutOff), sum[:]...)
}

// seal writes the checksum of a value whose first bytes were left for it.
func seal(sequence uint64, value []byte) {
	binary.BigEndian.PutUint32(value, checksum(sequence, value))
}

func checksum(sequence uint64, value []byte) uint32 {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], sequence)
	return crc32.Update(crc32.Checksum(b[:], castagnoli), castagnoli, value[checksumSize:])
}

// share is what a row contributes to the sum over all rows.
func share(sequence uint64, value []byte) uint64 {
	x := sequence<<32 ^ sequence>>32 ^ uint64(binary.BigEndian.Uint32(value))
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // the finalizer of SplitMix64
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// row is a value taken apart. Its parts lie in the value.
type row struct {
	replaces uint64 // the sequence number of the row before, 0 where there is none
	identity []byte
	content  []byte
}

// beginRow appends the part of a value before the identity.
func beginRow(b []byte, sequence, replaces uint64) []byte {
	b = append(b, make([]byte, checksumSize)...)
	if replaces == 0 {
		return append(b, 0)
	}
	return binary.AppendUvarint(b, sequence-replaces)
}

// readRow checks a value and takes it apart.
func readRow(sequence uint64, value []byte) (r row, err error) {
	if len(value) <= checksumSize || checksum(sequence, value) != binary.BigEndian.Uint32(value) {
		return r, fmt.Errorf("%w: record %d does not fit its checksum", ErrDamaged, sequence)
	}
	in := value[checksumSize:]
	back, n := binary.Uvarint(in)
	if n <= 0 || n == len(in) || back >= sequence {
		return r, errForm(sequence)
	}
	if back > 0 {
		r.replaces = sequence - back
	}
	in = in[n:]
	size := 0
	switch in[0] {
	case kindSession:
		length, n := binary.Uvarint(in[1:])
		if n <= 0 || length > uint64(len(in)) {
			return r, errForm(sequence)
		}
		size = 1 + n + int(length) + sessionSize
	case kindCutOff:
		size = 1 + sha256.Size
	}
	if size == 0 || size > len(in) {
		return r, errForm(sequence)
	}
	r.identity, r.content = in[:size], in[size:]
	return r, nil
}

func errForm(sequence uint64) error {
	return fmt.Errorf("%w: record %d has an unknown form", ErrDamaged, sequence)
}

const flagEnded = 1

// appendRecord appends the content of a session's record.
//
//	flags:1  last:uvarint  late:uvarint  keep iat exp-iat:varint
//	spendings:1  the latest one:varint  each older one:varint, before the one after
func appendRecord(b []byte, r *store.Record) []byte {
	var flags byte
	if r.Ended {
		flags = flagEnded
	}
	b = append(b, flags)
	b = binary.AppendUvarint(b, uint64(r.Last))
	b = binary.AppendUvarint(b, uint64(r.Late))
	b = binary.AppendVarint(b, r.Keep)
	b = binary.AppendVarint(b, r.IssuedAt)
	b = binary.AppendVarint(b, r.ExpiresAt-r.IssuedAt)
	known := len(r.SpentAt)
	for known > 0 && r.SpentAt[known-1] == 0 {
		known--
	}
	b = append(b, byte(known))
	before := int64(0)
	for _, at := range r.SpentAt[:known] {
		b = binary.AppendVarint(b, before-at)
		before = at
	}
	return b
}

// decodeRecord reads the content of a session's record.
func decodeRecord(content []byte, r *store.Record) bool {
	in := bytes.NewReader(content)
	flags, err := in.ReadByte()
	if err != nil || flags&^flagEnded != 0 {
		return false
	}
	last, err1 := binary.ReadUvarint(in)
	late, err2 := binary.ReadUvarint(in)
	keep, err3 := binary.ReadVarint(in)
	issued, err4 := binary.ReadVarint(in)
	life, err5 := binary.ReadVarint(in)
	known, err6 := in.ReadByte()
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			return false
		}
	}
	if last > store.MaxStep+1 || late > store.MaxStep+2 || int(known) > len(r.SpentAt) {
		return false
	}
	*r = store.Record{
		Last: uint32(last), Late: uint32(late), Ended: flags&flagEnded != 0,
		Keep: keep, IssuedAt: issued, ExpiresAt: issued + life,
	}
	before := int64(0)
	for i := range known {
		step, err := binary.ReadVarint(in)
		if err != nil {
			return false
		}
		before -= step
		r.SpentAt[i] = before
	}
	return in.Len() == 0
}

// cutOff is a user's cut-off. The zero cutOff is none.
type cutOff struct {
	second int64
	keep   int64 // the second up to which it is kept
}

const cutOffSize = 16

func appendCutOff(b []byte, c cutOff) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(c.second))
	return binary.BigEndian.AppendUint64(b, uint64(c.keep))
}

func decodeCutOff(content []byte, c *cutOff) bool {
	if len(content) != cutOffSize {
		return false
	}
	c.second = int64(binary.BigEndian.Uint64(content))
	c.keep = int64(binary.BigEndian.Uint64(content[8:]))
	return true
}

// keepOf returns the second up to which a record of either kind is kept.
func keepOf(identity, content []byte) (keep int64, ok bool) {
	if identity[0] == kindCutOff {
		var c cutOff
		ok = decodeCutOff(content, &c)
		return c.keep, ok
	}
	var r store.Record
	ok = decodeRecord(content, &r)
	return r.Keep, ok
}
