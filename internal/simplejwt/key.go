// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// Key verifies tokens of one algorithm and, where it holds a secret, signs
// them. It is safe for concurrent use.
type Key struct {
	algorithm string
	short     bool

	// verify says whether signature, decoded, is this key's for signed.
	verify func(signed, signature []byte) bool

	// sign appends the signature of signed, encoded, to dst. It is nil for a
	// key that only verifies.
	sign func(dst, signed []byte) ([]byte, error)
}

// Algorithm returns the key's alg (RFC 7518 section 3.1).
func (k *Key) Algorithm() string { return k.algorithm }

// Short says whether the key is an HMAC secret below the length of its hash,
// which RFC 7518 section 3.2 forbids.
func (k *Key) Short() bool { return k.short }

// KnownAlgorithm says whether keys of that alg can be made here.
func KnownAlgorithm(algorithm string) bool {
	_, ok := jwt.GetSigningMethod(algorithm).(*jwt.SigningMethodHMAC)
	return ok
}

// NewKey makes the key that signs and verifies by algorithm, as SimpleJWT's
// ALGORITHM and SIGNING_KEY do. An HMAC secret that is shorter than its hash
// (RFC 7518 section 3.2) is refused unless allowShort is set.
//
// Errors wrap [ErrAlgorithm], [ErrBlankSecret], [ErrPublicKey] or
// [ErrShortSecret].
func NewKey(algorithm string, secret []byte, allowShort bool) (*Key, error) {
	method, ok := jwt.GetSigningMethod(algorithm).(*jwt.SigningMethodHMAC)
	if !ok {
		return nil, fmt.Errorf("%w %q: write HS256, HS384 or HS512", ErrAlgorithm, algorithm)
	}
	if err := checkSecret(secret, method.Hash.Size(), allowShort); err != nil {
		return nil, fmt.Errorf("%s: %w", algorithm, err)
	}
	return newHMACKey(method, secret), nil
}
