// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"crypto/rsa"
	"fmt"

	"github.com/MicahParks/jwkset"
)

// shape is what the keys of an algorithm look like.
type shape struct {
	kty        jwkset.KTY
	crv        jwkset.CRV
	coordinate int // bytes of x and y
}

var (
	shapeRSA = shape{kty: jwkset.KtyRSA}

	// shapes has the asymmetric algorithms only: with an HMAC key from a public set
	// anyone could sign tokens.
	shapes = map[string]shape{
		"RS256": shapeRSA, "RS384": shapeRSA, "RS512": shapeRSA,
		"PS256": shapeRSA, "PS384": shapeRSA, "PS512": shapeRSA,
		"ES256": {jwkset.KtyEC, jwkset.CrvP256, 32},
		"ES384": {jwkset.KtyEC, jwkset.CrvP384, 48},
		"ES512": {jwkset.KtyEC, jwkset.CrvP521, 66},
		"EdDSA": {jwkset.KtyOKP, jwkset.CrvEd25519, 32},
	}
)

// Limits of RSA keys: RFC 7518 section 3.3 asks for 2048 bits, and above 8192
// verifying costs so much that a key is an attack.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

func checkRSA(pub *rsa.PublicKey) error {
	switch bits := pub.N.BitLen(); {
	case bits < minRSABits || bits > maxRSABits:
		return fmt.Errorf("its modulus has %d bits instead of %d to %d", bits, minRSABits, maxRSABits)
	case pub.N.Bit(0) == 0:
		return fmt.Errorf("its modulus is even")
	case pub.E < 3 || pub.E%2 == 0:
		return fmt.Errorf("its exponent is even or 1")
	}
	return nil
}
