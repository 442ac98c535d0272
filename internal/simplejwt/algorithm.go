// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"maps"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// algorithms are the values of alg that keys can be made for (RFC 7518 section
// 3.1, RFC 8037 section 3.1), by name.
var algorithms = map[string]jwt.SigningMethod{
	"HS256": jwt.SigningMethodHS256, "HS384": jwt.SigningMethodHS384, "HS512": jwt.SigningMethodHS512,
	"RS256": jwt.SigningMethodRS256, "RS384": jwt.SigningMethodRS384, "RS512": jwt.SigningMethodRS512,
	"PS256": pss(jwt.SigningMethodPS256), "PS384": pss(jwt.SigningMethodPS384), "PS512": pss(jwt.SigningMethodPS512),
	"ES256": jwt.SigningMethodES256, "ES384": jwt.SigningMethodES384, "ES512": jwt.SigningMethodES512,
	"EdDSA": jwt.SigningMethodEdDSA,
}

// pss makes method verify as it signs, with a salt as long as the hash (RFC 7518
// section 3.5): golang-jwt takes any salt, PyJWT does not.
func pss(method *jwt.SigningMethodRSAPSS) *jwt.SigningMethodRSAPSS {
	return &jwt.SigningMethodRSAPSS{SigningMethodRSA: method.SigningMethodRSA, Options: method.Options}
}

// KnownAlgorithm reports whether keys of that alg can be made here.
func KnownAlgorithm(algorithm string) bool { return algorithms[algorithm] != nil }

// Algorithms returns each alg that keys can be made for, in alphabetical order.
func Algorithms() []string { return slices.Sorted(maps.Keys(algorithms)) }

// Symmetric reports whether algorithm is an HMAC, whose keys are shared secrets.
func Symmetric(algorithm string) bool {
	_, ok := algorithms[algorithm].(*jwt.SigningMethodHMAC)
	return ok
}

// keyKind is a kind of public key, with what to tell people about it.
type keyKind struct {
	name      string
	algorithm string // an alg that such a key serves, or ""
	command   string // a command that makes such a key
}

var (
	rsaKind     = keyKind{"RSA", "RS256", "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"}
	p256Kind    = keyKind{"ECDSA on P-256", "ES256", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256"}
	p384Kind    = keyKind{"ECDSA on P-384", "ES384", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"}
	p521Kind    = keyKind{"ECDSA on P-521", "ES512", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521"}
	ed25519Kind = keyKind{"Ed25519", "EdDSA", "openssl genpkey -algorithm ed25519"}
	otherKind   = keyKind{name: "of another kind"}
)

// kindOf says what kind of key pub is.
func kindOf(pub crypto.PublicKey) keyKind {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return rsaKind
	case *ecdsa.PublicKey:
		switch pub.Curve {
		case elliptic.P256():
			return p256Kind
		case elliptic.P384():
			return p384Kind
		case elliptic.P521():
			return p521Kind
		}
	case ed25519.PublicKey:
		return ed25519Kind
	}
	return otherKind
}

// kindFor says what kind of key the asymmetric method needs.
func kindFor(method jwt.SigningMethod) keyKind {
	switch method := method.(type) {
	case *jwt.SigningMethodECDSA:
		return map[int]keyKind{256: p256Kind, 384: p384Kind, 521: p521Kind}[method.CurveBits]
	case *jwt.SigningMethodEd25519:
		return ed25519Kind
	default:
		return rsaKind
	}
}
