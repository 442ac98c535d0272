// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// state is the one row that every commit changes. It says what a whole file holds, so
// that losses are noticed.
type state struct {
	commits uint64 // since the file was made
	rows    int64  // in the log
	sum     uint64 // over all rows of the log
	clock   int64  // of the sweep, in seconds since 1970
	last    uint64 // the sequence number given out last
}

// state reads the state.
func (e *engine) state() (s state, err error) {
	err = guard(func() error {
		stmt, _, err := e.conn.Prepare(`SELECT value FROM state WHERE id = 1`)
		if err != nil {
			return err
		}
		found := stmt.Step() && s.decode(stmt.ColumnRawBlob(0))
		if err := errors.Join(stmt.Err(), stmt.Close()); err != nil {
			return err
		}
		if !found {
			return fmt.Errorf("%w: its state does not fit its checksum", ErrDamaged)
		}
		return nil
	})
	return s, err
}

func (s state) encode() []byte {
	var b [stateSize]byte
	for i, v := range []uint64{s.commits, uint64(s.rows), s.sum, uint64(s.clock), s.last} {
		binary.BigEndian.PutUint64(b[8*i:], v)
	}
	binary.BigEndian.PutUint32(b[stateSize-4:], crc32.Checksum(b[:stateSize-4], castagnoli))
	return b[:]
}

func (s *state) decode(b []byte) bool {
	if len(b) != stateSize || crc32.Checksum(b[:stateSize-4], castagnoli) != binary.BigEndian.Uint32(b[stateSize-4:]) {
		return false
	}
	var v [5]uint64
	for i := range v {
		v[i] = binary.BigEndian.Uint64(b[8*i:])
	}
	*s = state{v[0], int64(v[1]), v[2], int64(v[3]), v[4]}
	return true
}
