// SPDX-License-Identifier: Apache-2.0

package store

import "errors"

// What can go wrong beyond a store's own faults. A store wraps these, so that
// errors.Is finds them; any other error means that the store could not answer
// and the caller must not guess.
var (
	ErrUnavailable = errors.New("token store is unavailable")
	ErrInvalidJTI  = errors.New("token id must be 1 to 255 bytes without NUL")
	ErrNoUser      = errors.New("no user is named")
	ErrLayout      = errors.New("token store was written in a layout that this version does not read")
)
