// SPDX-License-Identifier: Apache-2.0

package jwks

import "errors"

// The errors of [Remote.Key]. A caller maps ErrNoKey to "token is invalid" (401), and
// ErrUnavailable to 503, never to 401: a client throws its tokens away on 401.
var (
	// ErrNoKey: the endpoint's current set has no usable key of that kid.
	ErrNoKey = errors.New("no such key in the JWK set")

	// ErrUnavailable: it is not known whether there is such a key. The set was
	// never fetched, or is too old, or does not have the kid and could not be
	// fetched again.
	ErrUnavailable = errors.New("the JWK set is not available")
)
