// SPDX-License-Identifier: Apache-2.0

package store

import "time"

// Token is a refresh token whose signature and claims have been found good.
type Token struct {
	// JTI is the token's id: 1 to 255 bytes, no NUL.
	JTI string

	// IssuedAt and ExpiresAt are the claims iat and exp in whole seconds since
	// 1970, fractions cut off. IssuedAt is 0 where the token has none, which is
	// older than any cut-off. ExpiresAt is 0 only where a token is known by its
	// jti alone.
	IssuedAt  int64
	ExpiresAt int64

	// User is whom the token was issued to.
	User User

	// Text is the token as it was presented. Only for stores with
	// Traits.KeepsTokens.
	Text string

	// Reencode returns the token that the backend would write into its tables
	// for a token it never saw: the payload encoded and signed anew with the
	// current key, as SimpleJWT's BlacklistMixin.blacklist writes str(self). It
	// costs a signature and is wanted rarely, hence a function. Nil unless
	// Traits.KeepsTokens.
	Reencode func() (string, error)
}

// User is the user that a token names. The zero User is nobody: the claim is
// missing or null.
type User struct {
	// ID is the canonical text of the claim: the string itself, or the digits
	// of an integer, so that 1 and "1" are one user.
	ID string

	// Kind is what the claim was in JSON. It distinguishes a token without a user
	// from one whose user id is the empty string.
	Kind UserKind
}

// UserKind is the JSON type of a user id. Cut-offs do not look at it; a
// database whose user keys are not integers does.
type UserKind uint8

const (
	NoUser      UserKind = iota // the claim is missing or null
	TextUser                    // a string
	IntegerUser                 // an integer
	OtherUser                   // a fraction, a boolean, a list or an object: ID is what Python's str makes of it
)

// UserChecks says what a store that sees users has to demand of the token's
// user. The zero value demands nothing. Stores without Traits.SeesUsers ignore
// it, and so does every store where the token names nobody.
type UserChecks struct {
	// Exists demands that the user is there.
	Exists bool

	// Key demands that the id can be a key of the user table, whether there is
	// such a user or not: the backend looks the user up only to write the row of
	// a new token, and fails on an id that is no key.
	Key bool

	// Active demands that the user is active (CHECK_USER_IS_ACTIVE).
	Active bool

	// Password demands that PasswordClaim is what PasswordMark makes of the
	// user's stored password hash. It is demanded of tokens that have a mark,
	// and of no others.
	Password bool

	// PasswordClaim is the token's own mark. If the claim is not a string it is
	// empty, which fits no password.
	PasswordClaim string
}

// Check is the question whether a token may still be used.
type Check struct {
	// Name is the site whose records are meant: sites of one name share them.
	Name string

	// Token is the token presented.
	Token Token

	// Users says which checks the token's user has to pass.
	Users UserChecks

	// Ago asks about the state that long before the store's clock: a token spent
	// since then counts as Live. A store that only edges write to may ignore it,
	// since such a question is asked only about tokens that the backend answers for.
	Ago time.Duration
}

// Spend is the request to spend a token in favour of its successor.
type Spend struct {
	// Name, Token and Users are as in Check.
	Name  string
	Token Token
	Users UserChecks

	// Successor is the token to hand out if this request wins. It is signed
	// already, so that nothing can fail after the spending.
	Successor Issued

	// Grace is how long after the spending a repeat is answered with the same
	// successor. 0 is never.
	Grace time.Duration

	// LateRetry is how long after the spending a lost answer may be asked for
	// again, once the grace is over. 0 is never.
	LateRetry time.Duration

	// EndOnReuse ends the session with the verdict Reused, in the same step.
	EndOnReuse bool

	// Leeway is the clock tolerance with which exp is judged: a record is kept
	// that much longer.
	Leeway time.Duration
}

// Issued is a refresh token that an edge hands out in place of a spent one.
type Issued struct {
	// JTI is Successor of the spent token's jti.
	JTI string

	// IssuedAt and ExpiresAt are its iat and exp, in seconds since 1970.
	IssuedAt  int64
	ExpiresAt int64

	// Text is the token itself. Only stores with Traits.KeepsTokens are given
	// it, and give it back.
	Text string
}

// Revocation is the request to end a session.
type Revocation struct {
	// Name and Token are as in Check. For Reason Admin a jti is enough, and it
	// may be the jti of any token of the session, one that expired long ago
	// included.
	Name  string
	Token Token

	// Leeway is as in Spend.
	Leeway time.Duration

	// Reason is who wants it.
	Reason Reason
}

// Reason is who wants a session to end.
type Reason uint8

const (
	// Logout is the client's own wish: the token was presented, so it is
	// signed, not expired, and its claims are known.
	Logout Reason = iota

	// Admin is an operator's wish: only the jti may be known, and the session
	// is remembered for AdminLife.
	Admin
)

// CutOff is the request to log a user out everywhere.
type CutOff struct {
	// Name is as in Check.
	Name string

	// User is whom to log out. Kind counts only where it is NoUser.
	User User

	// Second is the cut-off: tokens of the user whose iat is not after it are
	// void. The caller chooses it, since it has to cover the clocks of the edges
	// too. A store with Traits.SharesBackend voids the tokens that there are and
	// does not look at it.
	Second int64

	// Lifetime is how long a new refresh token lives: a cut-off is kept for
	// twice as long at least.
	Lifetime time.Duration
}
