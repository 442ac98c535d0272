// SPDX-License-Identifier: Apache-2.0

package store

import "time"

// Verdict is what a store decides about a token. Only Live, Rotated and
// Replayed let it pass.
type Verdict uint8

const (
	// Undecided is no verdict. It comes only with an error.
	Undecided Verdict = iota

	// Live answers Check: nothing is known against the token.
	Live

	// Spent answers Check: the token was used up. To the backend it is
	// blacklisted.
	Spent

	// Rotated answers Spend: the token was fresh and is spent now; the
	// successor may be handed out.
	Rotated

	// Replayed answers Spend: the token was spent a moment ago, or its answer seems
	// to have been lost, and nobody has used its successor. The successor is to be
	// handed out again, with the iat and exp that the answer carries.
	Replayed

	// Refused answers both: the session was ended, or its user logged out
	// everywhere. It is never a sign of theft.
	Refused

	// Straggler answers Spend: the token was spent a moment ago and its
	// successor is in use, as when a slow tab comes late. It is refused, and
	// nothing else follows.
	Straggler

	// Reused answers Spend: the token was spent before and no row of the table
	// excuses it.
	Reused

	// UserRefused answers both: nothing is known against the token, but its
	// user does not pass the checks. Answer.User says why.
	UserRefused
)

var verdicts = [...]string{
	"undecided", "live", "spent", "rotated", "replayed", "refused", "straggler", "reused", "user_refused",
}

// String returns the verdict as one lower-case word, for logs and tests.
func (v Verdict) String() string { return word(verdicts[:], int(v)) }

// Passes reports whether the token may be used.
func (v Verdict) Passes() bool { return v == Live || v == Rotated || v == Replayed }

// UserState is what a store saw of a token's user.
type UserState uint8

const (
	// UserUnseen: the store does not see users, was not asked to look, or the
	// token names nobody.
	UserUnseen UserState = iota

	// UserPasses: the user passes all checks asked for.
	UserPasses

	// UserMissing: there is no such user.
	UserMissing

	// UserInactive: the user is there and is not active.
	UserInactive

	// UserPasswordChanged: the token's mark does not fit the user's password.
	UserPasswordChanged

	// UserBadID: the id cannot be a key of the user table (a text that is no number,
	// for integer keys). The backend crashes on it.
	UserBadID

	// UserBadUUID: the id is a text that is no UUID, where the user table is
	// keyed by UUIDs. The backend answers 400.
	UserBadUUID
)

var userStates = [...]string{
	"unseen", "passes", "missing", "inactive", "password_changed", "bad_id", "bad_uuid",
}

// String returns the state as lower-case words, for logs and tests.
func (s UserState) String() string { return word(userStates[:], int(s)) }

// Answer is what Check and Spend answer.
type Answer struct {
	// Verdict is the decision; Undecided beside an error.
	Verdict Verdict

	// User is what was seen of the user.
	User UserState

	// Now is the store's clock at the decision.
	Now time.Time

	// Successor is the successor on record, for Rotated and Replayed: its jti, iat,
	// exp and, where the store keeps tokens, its text. For Rotated it is the one that
	// the request offered.
	Successor Issued

	// Blacklisted says, beside Refused, that the backend refuses this token as well:
	// the token itself was blacklisted, not only its session. Only a store with
	// Traits.SharesBackend knows.
	Blacklisted bool

	// Late says, beside Replayed, that this was a late retry: the grace was over, and
	// begins anew. Repeats in the new grace are not late.
	Late bool

	// Forgot says, beside Rotated, that the store lost data: the session must
	// have rotated before, and the store does not know of it.
	Forgot bool
}

// RevokeAnswer is what Revoke answers.
type RevokeAnswer struct {
	// Before is what Check would have said of the token just before: Live,
	// Spent or Refused. Users are not checked.
	Before Verdict

	// Now is the store's clock at the decision.
	Now time.Time

	// Blacklisted is as in Answer, beside Refused.
	Blacklisted bool

	// Known says that the store had a record of the session before. It has none of a
	// session that never rotated, unless it is told of logins.
	Known bool
}

// CutOffAnswer is what CutOff answers.
type CutOffAnswer struct {
	// Now is the store's clock at the decision.
	Now time.Time

	// Second is the cut-off in force: tokens of the user whose iat is not after
	// it are void.
	Second int64

	// Tokens counts the tokens that were revoked one by one, -1 where the
	// store holds one mark for all.
	Tokens int64
}

func word(words []string, i int) string {
	if i < len(words) {
		return words[i]
	}
	return "unknown"
}
