// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// A record is a short text, so that an operator can read it and Redis keeps it
// in one allocation (embstr, up to 44 bytes):
//
//	s<time> <iat> <exp>   spent at that time; iat and exp of the successor
//	r                     revoked on purpose
//	b<time> <iat> <exp>   both
//
// The time is what the command TIME answers: seconds, a dot and the number of
// microseconds, not padded. A user's cut-off is its second.
const (
	recordSpent   = 's'
	recordRevoked = 'r'
	recordBoth    = 'b'
)

var errRecord = errors.New("a record is not one of this store's: another program writes below key_prefix, " +
	"or a later release wrote it")

// successorFields is the part of a record that the script cannot make up.
func successorFields(s *store.Issued) string {
	b := make([]byte, 0, 2*20+2)
	b = append(b, ' ')
	b = strconv.AppendInt(b, s.IssuedAt, 10)
	b = append(b, ' ')
	return string(strconv.AppendInt(b, s.ExpiresAt, 10))
}

// parseRecord reads what is held on the token whose successor has the jti next.
func parseRecord(text, next string) (store.Record, error) {
	if text == "" {
		return store.Record{}, errRecord
	}
	switch text[0] {
	case recordRevoked:
		if text != "r" {
			return store.Record{}, errRecord
		}
		return store.Record{Revoked: true}, nil
	case recordSpent, recordBoth:
		at, rest, _ := strings.Cut(text[1:], " ")
		seconds, micros, _ := strings.Cut(at, ".")
		iat, exp, _ := strings.Cut(rest, " ")
		spentAt, err := parseClock(seconds, micros)
		issued, err2 := strconv.ParseInt(iat, 10, 64)
		expires, err3 := strconv.ParseInt(exp, 10, 64)
		if err != nil || err2 != nil || err3 != nil {
			return store.Record{}, errRecord
		}
		return store.Record{
			Spent: true, SpentAt: spentAt, Revoked: text[0] == recordBoth,
			Successor: store.Issued{JTI: next, IssuedAt: issued, ExpiresAt: expires},
		}, nil
	default:
		return store.Record{}, errRecord
	}
}

func parseClock(seconds, micros string) (time.Time, error) {
	sec, err := strconv.ParseInt(seconds, 10, 64)
	usec, err2 := strconv.ParseInt(micros, 10, 64)
	if err != nil || err2 != nil {
		return time.Time{}, errRecord
	}
	return time.Unix(sec, usec*1000), nil
}

// clockText is the time as the script writes it into a record.
func clockText(t time.Time) string {
	return strconv.FormatInt(t.Unix(), 10) + "." + strconv.Itoa(t.Nanosecond()/1000)
}

// maxKeep is the end of the year 9999: a longer life overflows what Redis
// counts in milliseconds.
const maxKeep = 253402300799

// keepText is when a record goes away, in seconds since 1970.
func keepText(second int64) string { return strconv.FormatInt(min(second, maxKeep), 10) }
