// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// layout is the version of the keys and of the values.
const layout = "1"

// A session's record is packed, most significant byte first:
//
//	byte  0     the layout
//	      1     1 where the session has ended, else 0
//	      2..5  last
//	      6..9  late
//	     10..14 keep, in seconds
//	     15..30 iat and exp of the newest successor, int64
//	     31..   times of the latest spendings in microseconds, 7 bytes each, the
//	            latest first, at most 8
//
// The scripts never make numbers of iat and exp that they hand out, for Lua's
// lose digits beyond 2^53. A user's cut-off is its second in decimal digits.

// pack returns the iat and exp of a successor as they stand in a record.
func pack(s *store.Issued) string {
	b := make([]byte, 0, 16)
	b = binary.BigEndian.AppendUint64(b, uint64(s.IssuedAt))
	return string(binary.BigEndian.AppendUint64(b, uint64(s.ExpiresAt)))
}

// unpack is the reverse of pack.
func unpack(m *rueidis.RedisMessage) (iat, exp int64, err error) {
	b, err := m.AsBytes()
	if err != nil || len(b) != 16 {
		return 0, 0, errRecord
	}
	return int64(binary.BigEndian.Uint64(b)), int64(binary.BigEndian.Uint64(b[8:])), nil
}

var errRecord = errors.New("a record is not one of this store's: another program writes below key_prefix, " +
	"or a later release wrote it")

func parseClock(seconds, micros string) (time.Time, error) {
	sec, err := strconv.ParseInt(seconds, 10, 64)
	usec, err2 := strconv.ParseInt(micros, 10, 64)
	if err != nil || err2 != nil {
		return time.Time{}, errRecord
	}
	return time.Unix(sec, usec*1000), nil
}

// maxSecond is the end of the year 9999: later times overflow Redis's milliseconds.
const maxSecond = 253402300799

// secondText is a second since 1970 that Redis and the scripts can handle.
func secondText(second int64) string {
	return strconv.FormatInt(max(0, min(second, maxSecond)), 10)
}

// graceText is a duration in whole microseconds, rounded up. Ages are whole
// microseconds, so one is below the duration exactly if it is below the rounded one.
func graceText(d time.Duration) string {
	n := d.Microseconds()
	if d%time.Microsecond > 0 {
		n++
	}
	return strconv.FormatInt(n, 10)
}
