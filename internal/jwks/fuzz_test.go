// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"testing"

	"go.uber.org/zap"
)

// FuzzSet holds that no set makes the reader panic, and that a key which comes
// out of one is a public key that fits the algorithm and that somebody named.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{
		keys(f, ec(0, "a"), ec(1, "b")),
		keys(f, PublicKey{&rsaKey().PublicKey, "RS256", "a"}),
		keys(f, PublicKey{edKey(), "EdDSA", "a"}),
		setOf(f, published(f, ec(0, "a")).with(jwk{"d": "AAAA", "key_ops": []string{"verify"}})),
		`{"keys":[{"kty":"oct","k":"AAAA","kid":"a"},null,{}]}`,
	} {
		f.Add([]byte(seed))
	}
	var all []*Remote[crypto.PublicKey]
	for algorithm := range shapes {
		r, err := New(Config[crypto.PublicKey]{
			URL: "https://localhost/", Algorithm: algorithm, Logger: zap.NewNop,
			NewKey: func(_ string, pub crypto.PublicKey) (crypto.PublicKey, error) { return pub, nil },
		})
		if err != nil {
			f.Fatal(err)
		}
		f.Cleanup(r.Close)
		all = append(all, r)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, r := range all {
			got, err := r.parse(body)
			if err != nil {
				continue
			}
			if !json.Valid(body) || len(got) > maxKeys {
				t.Fatalf("%d keys from %q", len(got), body)
			}
			for kid, key := range got {
				if kid == "" || len(kid) > maxKeyID {
					t.Errorf("kid %q", kid)
				}
				if algorithm := r.config.Algorithm; !fits(algorithm, key) {
					t.Errorf("%T for %s from %q", key, algorithm, body)
				}
			}
		}
	})
}

func fits(algorithm string, pub crypto.PublicKey) bool {
	switch pub := pub.(type) {
	case *rsa.PublicKey:
		return (algorithm[0] == 'R' || algorithm[0] == 'P') &&
			pub.N.BitLen() >= 2048 && pub.N.BitLen() <= 8192 && pub.E >= 3 && pub.E%2 == 1
	case *ecdsa.PublicKey:
		curve := map[string]string{"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}[algorithm]
		_, err := pub.ECDH() // checks the point
		return err == nil && pub.Curve.Params().Name == curve
	case ed25519.PublicKey:
		return algorithm == "EdDSA" && len(pub) == ed25519.PublicKeySize
	}
	return false
}
