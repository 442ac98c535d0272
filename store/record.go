// SPDX-License-Identifier: Apache-2.0

package store

import "time"

const (
	// Remembered is how many of a session's latest spendings have their time on
	// record.
	Remembered = 8

	// LateEvery is how many rotations have to lie between two late retries of a
	// session. Without it a thief and the user whose token was stolen could take
	// turns for ever, each with a late retry, and neither would be noticed.
	LateEvery = 16
)

// Record is all that a store keeps of one session, however often it rotated. The zero
// Record stands for no record.
type Record struct {
	// Last is the step of the token that is not spent yet.
	Last uint32

	// SpentAt are the times of the latest spendings in microseconds since 1970,
	// the latest first: SpentAt[0] is when the token of step Last-1 was spent.
	// 0 stands for a time that is not known.
	SpentAt [Remembered]int64

	// IssuedAt and ExpiresAt are the iat and exp of the token of step Last, in
	// seconds since 1970.
	IssuedAt  int64
	ExpiresAt int64

	// Ended says that the session was ended on purpose, or for reuse.
	Ended bool

	// Late is 1 plus the step of the latest late retry, 0 where there was none.
	Late uint32

	// Keep is the second up to which the record is kept. Afterwards it counts as
	// missing, whether it was removed or not.
	Keep int64
}

// Known reports whether there is a record that counts at the time now.
func (r *Record) Known(now time.Time) bool { return *r != Record{} && r.Keep >= now.Unix() }

// Check decides on a token of that step, without user checks. void says that the
// token's user has a cut-off that is not before the token's iat.
func (r *Record) Check(step uint32, void bool, now time.Time) Verdict {
	known := r.Known(now)
	switch {
	case void || known && r.Ended:
		return Refused
	case known && step < r.Last:
		return Spent
	default:
		return Live
	}
}

// Spend decides on a token of that step by the table of the package comment, row by
// row, without user checks, and updates r. changed says that r has to be written.
// void is as in Check.
func (r *Record) Spend(s *Spend, step uint32, void bool, now time.Time) (a Answer, changed bool) {
	a.Now = now
	if !r.Known(now) {
		*r = Record{}
	}
	fresh := *r == Record{}
	switch {
	case void || r.Ended:
		a.Verdict = Refused
	case fresh || step >= r.Last:
		a.Verdict, a.Successor = Rotated, s.Successor
		a.Forgot = step > r.Last
		r.rotate(s, step, now)
		return a, true
	case step == r.Last-1 && WithinGrace(now, time.UnixMicro(r.SpentAt[0]), s.Grace):
		a.Verdict, a.Successor = Replayed, r.successor(s)
	case step == r.Last-1 && r.lateRetry(s, step, now):
		a.Verdict, a.Successor, a.Late = Replayed, r.successor(s), true
		r.SpentAt[0], r.Late = now.UnixMicro(), step+1
		return a, true
	case r.Last-1-step < Remembered &&
		WithinGrace(now, time.UnixMicro(r.SpentAt[r.Last-1-step]), s.Grace):
		a.Verdict = Straggler
	default:
		a.Verdict = Reused
		if s.EndOnReuse {
			r.Ended = true
			r.Keep = max(r.Keep, KeepRevoked(now, Logout, s.Token.ExpiresAt, s.Leeway))
			return a, true
		}
	}
	return a, false
}

// rotate notes that the token of that step was spent.
func (r *Record) rotate(s *Spend, step uint32, now time.Time) {
	var spentAt [Remembered]int64
	spentAt[0] = now.UnixMicro()
	ahead := step + 1 - r.Last
	copy(spentAt[min(ahead, Remembered):], r.SpentAt[:])
	r.Last, r.SpentAt = step+1, spentAt
	r.IssuedAt, r.ExpiresAt = s.Successor.IssuedAt, s.Successor.ExpiresAt
	r.Keep = max(r.Keep, KeepSpent(s.Token.ExpiresAt, s.Successor.ExpiresAt, s.Leeway))
}

// lateRetry reports whether a token whose grace is over may be given its successor
// once more, because the first answer seems to have been lost.
func (r *Record) lateRetry(s *Spend, step uint32, now time.Time) bool {
	return WithinGrace(now, time.UnixMicro(r.SpentAt[0]), s.LateRetry) &&
		r.ExpiresAt > now.Unix() &&
		(r.Late == 0 || step >= r.Late-1+LateEvery)
}

// successor returns the token of step Last as it was first handed out.
func (r *Record) successor(s *Spend) Issued {
	return Issued{JTI: s.Successor.JTI, IssuedAt: r.IssuedAt, ExpiresAt: r.ExpiresAt}
}

// Revoke ends the session of a token of that step and updates r. changed and void are
// as in Spend. Ending an ended session changes nothing unless it has to be remembered
// for longer.
func (r *Record) Revoke(v *Revocation, step uint32, void bool, now time.Time) (a RevokeAnswer, changed bool) {
	a = RevokeAnswer{Before: r.Check(step, void, now), Now: now, Known: r.Known(now)}
	if !a.Known {
		*r = Record{Last: step}
	}
	keep := max(r.Keep, KeepRevoked(now, v.Reason, v.Token.ExpiresAt, v.Leeway))
	if r.Ended && r.Keep == keep {
		return a, false
	}
	r.Ended, r.Keep = true, keep
	return a, true
}
