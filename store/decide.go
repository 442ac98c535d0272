// SPDX-License-Identifier: Apache-2.0

package store

import "time"

// Record is what a store holds on one jti. The zero Record is nothing.
type Record struct {
	// Spent says that the token was spent at SpentAt, and its successor was
	// given the iat and exp of Successor.
	Spent     bool
	SpentAt   time.Time
	Successor Issued

	// Revoked says that the token was revoked on purpose.
	Revoked bool
}

// Nothing reports whether there is no record.
func (r *Record) Nothing() bool { return !r.Spent && !r.Revoked }

// Facts is all that bears on one token, read at one moment.
type Facts struct {
	// Now is the store's clock.
	Now time.Time

	// Token and Successor are the records of the token and of its successor.
	Token     Record
	Successor Record

	// HasCutOff says that the user has a cut-off, which is the second CutOff.
	HasCutOff bool
	CutOff    int64
}

// Refused reports whether the first row of the table applies to a token issued
// at the second issued: it, its user or its successor was revoked.
func (f *Facts) Refused(issued int64) bool {
	return f.Token.Revoked || f.Successor.Revoked || f.HasCutOff && f.CutOff >= issued
}

// Check is the verdict on the question whether a token issued at the second
// issued is still good, users left aside.
func (f *Facts) Check(issued int64) Verdict {
	switch {
	case f.Refused(issued):
		return Refused
	case f.Token.Nothing() && f.Successor.Nothing():
		return Live
	default:
		return Spent
	}
}

// Spend is the table of the package comment, row by row, users left aside. It
// is for stores that decide in Go.
func (f *Facts) Spend(issued int64, grace time.Duration) Verdict {
	within := f.Token.Spent && WithinGrace(f.Now, f.Token.SpentAt, grace)
	switch {
	case f.Refused(issued):
		return Refused
	case f.Token.Nothing() && f.Successor.Nothing():
		return Rotated
	case within && f.Successor.Nothing():
		return Replayed
	case within && f.Successor.Spent:
		return Straggler
	default:
		return Reused
	}
}
