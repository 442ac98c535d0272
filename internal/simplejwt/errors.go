// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"fmt"
)

// What can be wrong with a token. Each of these has its text for the client in
// [Text]; none of them ever carries a token or a piece of one.
var (
	ErrInvalid   = errors.New("token is invalid")             // malformed, badly signed, or a claim that does not hold
	ErrExpired   = errors.New("token is expired")             // exp has passed (RFC 7519 section 4.1.4)
	ErrExpPassed = errors.New("token's exp claim has passed") // the second look at exp, see check.go
	ErrNoExp     = errors.New("token has no exp claim")       // SimpleJWT asks for what RFC 7519 leaves optional
	ErrNoID      = errors.New("token has no id")              // no jti claim (RFC 7519 section 4.1.7)
	ErrNoType    = errors.New("token has no type")            // no token type claim
	ErrWrongType = errors.New("token has wrong type")         // an access token where a refresh token belongs, say

	ErrNoRefreshExp     = errors.New("sliding token has no claim that ends its refreshing") // SLIDING_TOKEN_REFRESH_EXP_CLAIM
	ErrRefreshExpPassed = errors.New("sliding token can no longer be refreshed")            // the time in that claim has passed

	ErrBlacklisted = errors.New("token is blacklisted")                         // it was revoked on purpose, or spent
	ErrStraggler   = errors.New("token was replaced and its successor is used") // blacklisted, but no sign of theft
	ErrReused      = errors.New("token was used up before")                     // blacklisted, and perhaps stolen

	ErrNoActiveAccount = errors.New("token's user is missing or inactive")
	ErrPasswordChanged = errors.New("token's user has changed the password since")
	ErrNotUUID         = errors.New("token's user id is not a UUID")
)

// edgeOnly is one of these errors, for a reason that the backend may not check.
type edgeOnly struct{ error }

// Unwrap returns the error whose text the client gets.
func (e edgeOnly) Unwrap() error { return e.error }

var (
	errStricter     error = edgeOnly{ErrInvalid}         // a row of docs/parity.md in which the edge is stricter
	errSessionOver  error = edgeOnly{ErrExpired}         // session_lifetime has passed
	errSessionEnded error = edgeOnly{errRevoked}         // the session was ended, but the token itself was not used
	errUserStricter error = edgeOnly{ErrNoActiveAccount} // the backend does not look at the user here
)

// EdgeOnly reports whether the backend may accept a token that the edge refuses with
// err, because the reason is something that the backend does not know or check.
func EdgeOnly(err error) bool {
	_, ok := errors.AsType[edgeOnly](err)
	return ok || errors.Is(err, ErrPasswordChanged)
}

// What can be wrong with a key. This package's errors about keys wrap one of these, say
// what to do instead, and never quote the key.
var (
	ErrAlgorithm   = errors.New("unknown algorithm")
	ErrNoKey       = errors.New("the value is not the key itself")
	ErrBlankSecret = errors.New("the secret is blank")
	ErrPublicKey   = errors.New("the secret is a key in a public format")
	ErrShortSecret = errors.New("the secret is too short")

	ErrKeyFormat  = errors.New("the key cannot be read")
	ErrKeyType    = errors.New("the key is not one for the algorithm")
	ErrWeakKey    = errors.New("the key is not safe")
	ErrCannotSign = errors.New("the key is public and cannot sign")
	ErrPrivateKey = errors.New("the key is private")
	ErrKeyPair    = errors.New("the verifying key is not the public half of the signing key")
)

// ErrUnavailable means that the token could not be judged: the [KeySet], the store or the
// [UserCheck] did not answer.
var ErrUnavailable = errors.New("the token cannot be judged at the moment")

// ErrUserUnknown is an [ErrUnavailable] of the [UserCheck].
var ErrUserUnknown = fmt.Errorf("%w, since nobody says whether its user is active", ErrUnavailable)
