// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"crypto"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// Key verifies tokens of one algorithm and, where it holds a secret, signs
// them. It is safe for concurrent use.
type Key struct {
	algorithm string
	short     bool
	public    crypto.PublicKey // nil for an HMAC secret
	proof     []byte           // the MAC of probe by an HMAC secret, to compare two keys

	// verify reports whether signature, decoded, is this key's for signed.
	verify func(signed, signature []byte) bool

	// sign appends the signature of signed, encoded, to dst. It is nil for a
	// key that only verifies.
	sign func(dst, signed []byte) ([]byte, error)
}

// Algorithm returns the key's alg (RFC 7518 section 3.1).
func (k *Key) Algorithm() string { return k.algorithm }

// Short reports whether the key is an HMAC secret below the length of its hash,
// which RFC 7518 section 3.2 forbids.
func (k *Key) Short() bool { return k.short }

// PublicKey returns what everybody may know of the key: an *rsa.PublicKey, an
// *ecdsa.PublicKey, an ed25519.PublicKey, or nil for an HMAC secret.
func (k *Key) PublicKey() crypto.PublicKey { return k.public }

// NewKey makes the key that signs and verifies by algorithm, as SimpleJWT's
// ALGORITHM and SIGNING_KEY do. For HS256, HS384 and HS512 signing is a secret, which is
// refused if it is shorter than its hash (RFC 7518 section 3.2), unless allowShort is
// set. For the others it is a private key in PEM, as PKCS #8, PKCS #1 or SEC 1.
//
// Errors wrap [ErrAlgorithm]; for a secret [ErrBlankSecret], [ErrPublicKey] or
// [ErrShortSecret]; for a PEM [ErrKeyFormat], [ErrCannotSign], [ErrKeyType] or
// [ErrWeakKey].
func NewKey(algorithm string, signing []byte, allowShort bool) (*Key, error) {
	switch method := algorithms[algorithm].(type) {
	case nil:
		return nil, unknownAlgorithm(algorithm)
	case *jwt.SigningMethodHMAC:
		if err := checkSecret(signing, method.Hash.Size(), allowShort); err != nil {
			return nil, fmt.Errorf("%s: %w", algorithm, err)
		}
		return newHMACKey(method, signing), nil
	default:
		key, err := newPrivateKey(method, signing)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", algorithm, err)
		}
		return key, nil
	}
}

// NewVerifyingKey makes a key that verifies by an asymmetric algorithm and signs
// nothing, as SimpleJWT's VERIFYING_KEY does. The PEM holds a public key (SPKI or
// PKCS #1) or an X.509 certificate, whose period and issuer are not checked.
//
// Errors wrap [ErrAlgorithm], [ErrKeyFormat], [ErrPrivateKey], [ErrKeyType] or
// [ErrWeakKey].
func NewVerifyingKey(algorithm string, pem []byte) (*Key, error) {
	switch method := algorithms[algorithm].(type) {
	case nil:
		return nil, unknownAlgorithm(algorithm)
	case *jwt.SigningMethodHMAC:
		return nil, fmt.Errorf("%w: %s verifies with the secret that it signs with, so there is no verifying key: "+
			"delete it, or name an asymmetric algorithm", ErrAlgorithm, algorithm)
	default:
		key, err := newPublicKey(method, pem)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", algorithm, err)
		}
		return key, nil
	}
}

// NewVerifyingKeyFrom makes a verifying key of a key that was read elsewhere,
// from a JWK say: an *rsa.PublicKey, an *ecdsa.PublicKey or an
// ed25519.PublicKey.
//
// Errors wrap [ErrAlgorithm], [ErrKeyType] or [ErrWeakKey].
func NewVerifyingKeyFrom(algorithm string, pub crypto.PublicKey) (*Key, error) {
	method := algorithms[algorithm]
	if method == nil || Symmetric(algorithm) {
		return nil, unknownAlgorithm(algorithm)
	}
	if err := checkPublic(method, pub); err != nil {
		return nil, fmt.Errorf("%s: %w", algorithm, err)
	}
	return newAsymmetricKey(method, pub, nil), nil
}

// NewPreviousKey makes a verifying key of a former signing or verifying key: an HMAC
// secret, a private key or a public one. Errors are those of [NewKey].
func NewPreviousKey(algorithm string, key []byte, allowShort bool) (*Key, error) {
	method := algorithms[algorithm]
	if method == nil || Symmetric(algorithm) {
		k, err := NewKey(algorithm, key, allowShort)
		if err != nil {
			return nil, err
		}
		k.sign = nil
		return k, nil
	}
	k, err := newPublicKey(method, key)
	if errors.Is(err, ErrPrivateKey) {
		k, err = newPrivateKey(method, key)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", algorithm, err)
	}
	k.sign = nil
	return k, nil
}

func unknownAlgorithm(algorithm string) error {
	return fmt.Errorf("%w %q: write HS256, RS256, PS256, ES256, one of their 384 and 512 forms, or EdDSA", ErrAlgorithm, algorithm)
}
