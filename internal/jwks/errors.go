// SPDX-License-Identifier: Apache-2.0

package jwks

import "errors"

// What [Remote.Key] can answer instead of a key. A caller maps ErrNoKey to
// "token is invalid" (401) and ErrUnavailable to 503, never to 401: a client
// throws its tokens away on 401.
var (
	// ErrNoKey: the set, as the endpoint gives it now, has no usable key of
	// that kid.
	ErrNoKey = errors.New("no such key in the JWK set")

	// ErrUnavailable: it cannot be known whether there is such a key. The set
	// was never fetched, or it is too old, or the kid is unknown here and the
	// endpoint could not be asked about it.
	ErrUnavailable = errors.New("the JWK set is not available")
)
