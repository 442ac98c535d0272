// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"github.com/MicahParks/jwkset"
)

// Thumbprint returns the thumbprint of a public key by SHA-256, in base64url
// (RFC 7638; for Ed25519 RFC 8037 appendix A.3).
func Thumbprint(pub crypto.PublicKey) (string, error) {
	m, err := numbers(pub)
	if err != nil {
		return "", err
	}
	return thumbprint(m), nil
}

// render writes one JWK, with public numbers only.
func render(key PublicKey) (jwkset.JWKMarshal, error) {
	m, err := numbers(key.Key)
	if err != nil {
		return m, err
	}
	if shape := shapes[key.Algorithm]; m.KTY != shape.kty || m.CRV != shape.crv {
		return m, fmt.Errorf("a key of type %s %s is not for %q", m.KTY, m.CRV, key.Algorithm)
	}
	m.USE, m.ALG, m.KID = jwkset.UseSig, jwkset.ALG(key.Algorithm), key.KeyID
	if m.KID == "" {
		m.KID = thumbprint(m)
	}
	return m, nil
}

// numbers returns kty and the members that it needs. It refuses a private key as a
// mistake, where jwkset would leave out the private part.
func numbers(pub crypto.PublicKey) (jwkset.JWKMarshal, error) {
	switch pub.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
	default:
		return jwkset.JWKMarshal{}, fmt.Errorf("a %T cannot be published: give an RSA, ECDSA or Ed25519 public key", pub)
	}
	jwk, err := jwkset.NewJWKFromKey(pub, jwkset.JWKOptions{})
	if err != nil {
		return jwkset.JWKMarshal{}, fmt.Errorf("rendering a public key: %w", err)
	}
	return jwk.Marshal(), nil
}

// thumbprint hashes the required members in the order of their names (RFC 7638
// section 3.2). The values are base64url and names, so nothing needs escaping.
func thumbprint(m jwkset.JWKMarshal) string {
	var text string
	switch m.KTY {
	case jwkset.KtyRSA:
		text = `{"e":"` + m.E + `","kty":"RSA","n":"` + m.N + `"}`
	case jwkset.KtyEC:
		text = `{"crv":"` + string(m.CRV) + `","kty":"EC","x":"` + m.X + `","y":"` + m.Y + `"}`
	default:
		text = `{"crv":"` + string(m.CRV) + `","kty":"OKP","x":"` + m.X + `"}`
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
