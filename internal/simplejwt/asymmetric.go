// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"fmt"

	"filippo.io/edwards25519"
	"github.com/golang-jwt/jwt/v5"
)

// newPrivateKey makes the signing key for method of a PEM.
func newPrivateKey(method jwt.SigningMethod, pem []byte) (*Key, error) {
	parsed, err := parsePEM(pem, kindFor(method))
	if err != nil {
		return nil, err
	}
	private, ok := parsed.(crypto.Signer)
	switch {
	case !ok && kindOf(parsed) == otherKind:
		return nil, checkPublic(method, parsed)
	case !ok:
		return nil, fmt.Errorf("%w: give the private key of the pair; the public one is for verifying", ErrCannotSign)
	}
	if err := checkPublic(method, private.Public()); err != nil {
		return nil, err
	}
	return newAsymmetricKey(method, private.Public(), private), nil
}

// newPublicKey makes a verifying key for method of a PEM.
func newPublicKey(method jwt.SigningMethod, pem []byte) (*Key, error) {
	parsed, err := parsePEM(pem, kindFor(method))
	if err != nil {
		return nil, err
	}
	if _, ok := parsed.(crypto.Signer); ok {
		return nil, fmt.Errorf("%w, which is more than verifying takes: give its public half, "+
			"`openssl pkey -in private.pem -pubout` prints it", ErrPrivateKey)
	}
	if err := checkPublic(method, parsed); err != nil {
		return nil, err
	}
	return newAsymmetricKey(method, parsed, nil), nil
}

// newAsymmetricKey makes a key of a pair that was checked. If private is nil, the key
// only verifies.
func newAsymmetricKey(method jwt.SigningMethod, public crypto.PublicKey, private crypto.Signer) *Key {
	k := &Key{
		algorithm: method.Alg(),
		public:    public,
		verify: func(signed, signature []byte) bool {
			return method.Verify(string(signed), signature, public) == nil
		},
	}
	if private != nil {
		k.sign = func(dst, signed []byte) ([]byte, error) {
			signature, err := method.Sign(string(signed), private)
			if err != nil {
				return nil, err
			}
			return appendEncoded(dst, signature), nil
		}
	}
	return k
}

// checkPublic reports whether public is a sound key of the kind that method wants.
func checkPublic(method jwt.SigningMethod, public crypto.PublicKey) error {
	want, got := kindFor(method), kindOf(public)
	if want != got {
		cure := "make one with `" + want.command + "`"
		if got.algorithm != "" {
			cure = "write algorithm " + got.algorithm + ", or " + cure
		}
		return fmt.Errorf("%w: it is %s and has to be %s; %s", ErrKeyType, got.name, want.name, cure)
	}
	switch public := public.(type) {
	case *rsa.PublicKey:
		return checkRSA(public)
	case *ecdsa.PublicKey:
		// The point has to be on the curve and not at infinity.
		if _, err := public.ECDH(); err != nil {
			return fmt.Errorf("%w: it is not a point of its curve", ErrWeakKey)
		}
	case ed25519.PublicKey:
		return checkEd25519(public)
	}
	return nil
}

// checkEd25519 refuses bytes that are no point, and points of small order. With such a
// point a signature can be good for every text, and RFC 8032 section 5.1.7 allows it.
func checkEd25519(public ed25519.PublicKey) error {
	point, err := new(edwards25519.Point).SetBytes(public)
	if err != nil {
		return fmt.Errorf("%w: it is not a point of its curve", ErrWeakKey)
	}
	if point.MultByCofactor(point).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return fmt.Errorf("%w: it is a point of small order, with which anyone can forge tokens", ErrWeakKey)
	}
	return nil
}
