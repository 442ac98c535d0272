// SPDX-License-Identifier: Apache-2.0

package simplejwt

import "errors"

// ended is one of this package's errors, for a token whose session was ended.
type ended struct{ error }

// Unwrap returns the error whose text the client gets.
func (e ended) Unwrap() error { return e.error }

var errRevoked error = ended{ErrBlacklisted} // the session was ended, and the backend refuses the token too

// useless are the errors about tokens that will never be accepted again, and that have
// no successor.
var useless = []error{
	ErrInvalid, ErrExpired, ErrExpPassed, ErrNoExp, ErrNoID, ErrNoType, ErrWrongType, ErrNoActiveAccount, ErrPasswordChanged, ErrNotUUID,
}

// Ends reports whether the session of a refresh token that was refused with err is over,
// so that the client may throw the token away. It is false where a successor of the token
// may be in use, in another tab for instance, and where the token could not be judged.
func (b *Backend) Ends(err error) bool {
	if errors.Is(err, ErrReused) {
		return b.reuseDetection // which ends the session
	}
	if _, ok := errors.AsType[ended](err); ok {
		return true
	}
	for _, u := range useless {
		if errors.Is(err, u) {
			return true
		}
	}
	return false
}
