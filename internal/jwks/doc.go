// SPDX-License-Identifier: Apache-2.0

// Package jwks fetches the keys that tokens are verified with from a JWK Set
// (RFC 7517), as SimpleJWT's JWK_URL does, and publishes such a set. It depends on
// net/http; the caller decides how a key verifies.
//
// jwkset, the library below keyfunc v3, reads and writes each JWK. The fetching
// of both libraries is not used: jwkset.NewStorageFromHTTP makes its first
// request in the constructor, reads a body of any size, drops a whole set for
// one odd key and unmarshals private ones, and its client lets a request wait
// for a rate limiter. keyfunc.Keyfunc itself wants the token of golang-jwt's
// parser, tries all keys for a token without a kid, and holds a key's alg
// against the token's header, not against a configuration.
package jwks
