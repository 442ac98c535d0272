// SPDX-License-Identifier: Apache-2.0

package store

import (
	"math"
	"time"
)

const (
	// Margin is how long a record outlives the last token that depends on it, besides
	// the leeway, so that clocks that differ cannot bring a token back.
	Margin = time.Hour

	// AdminLife is how long a cut-off and a revocation by jti alone are kept at
	// least, counted from when they were made.
	AdminLife = 365 * 24 * time.Hour
)

// KeepSpent returns the second up to which a session is remembered at least
// after one of its tokens was spent: until the token's own exp and that of its
// successor have passed, plus the leeway and Margin.
func KeepSpent(expires, successorExpires int64, leeway time.Duration) int64 {
	return addSeconds(max(expires, successorExpires), leeway+Margin)
}

// KeepRevoked returns the second up to which a session is remembered at least
// after it was ended with a token that expires at the second expires: until then,
// plus the leeway and Margin; for AdminLife where the reason is Admin or the exp
// is not known (0).
func KeepRevoked(now time.Time, reason Reason, expires int64, leeway time.Duration) int64 {
	keep := addSeconds(expires, leeway+Margin)
	if reason == Admin || expires == 0 {
		keep = max(keep, now.Add(AdminLife).Unix())
	}
	return keep
}

// KeepCutOff returns the second up to which a cut-off made now is kept: for
// AdminLife, or for twice the lifetime of the refresh tokens if that is longer.
func KeepCutOff(now time.Time, lifetime time.Duration) int64 {
	return max(now.Add(AdminLife).Unix(), addSeconds(addSeconds(now.Unix(), lifetime), lifetime))
}

// WithinGrace reports whether a token spent at the time spent may be repeated now.
// The sign of the age does not count: a clock that was set back opens no window
// longer than the grace itself.
func WithinGrace(now, spent time.Time, grace time.Duration) bool {
	return now.Sub(spent).Abs() < grace
}

// addSeconds adds whole seconds, rounding d up, and stops at the ends of int64:
// an exp is whatever the holder of the signing key wrote.
func addSeconds(second int64, d time.Duration) int64 {
	n := int64(d / time.Second)
	if d%time.Second > 0 {
		n++
	}
	return min(second, math.MaxInt64-n) + n
}
