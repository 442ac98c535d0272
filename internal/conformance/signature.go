// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
)

// Signature signs input as RFC 7518 section 3 and RFC 8037 say: with a secret
// for HS256, HS384 and HS512, else with a private key in PEM. The key is one of
// this package, so one that does not fit panics.
func Signature(algorithm, key, input string) []byte {
	if strings.HasPrefix(algorithm, "HS") {
		return MAC(algorithm, key, input)
	}
	digest := sha256.Sum256([]byte(input))
	switch private := privateKey(key).(type) {
	case *rsa.PrivateKey:
		var opts crypto.SignerOpts = crypto.SHA256
		if algorithm == "PS256" {
			opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		}
		return rsaSignature(private, digest, opts)
	case *ecdsa.PrivateKey:
		r, s := ecdsaSignature(private, digest)
		return fixed(r, s)
	case ed25519.PrivateKey:
		return ed25519.Sign(private, []byte(input))
	default:
		panic(fmt.Sprintf("no key for %s: %T", algorithm, private))
	}
}

func rsaSignature(private *rsa.PrivateKey, digest [32]byte, opts crypto.SignerOpts) []byte {
	signature, err := private.Sign(rand.NewChaCha8(digest), digest[:], opts)
	if err != nil {
		panic(err)
	}
	return signature
}

// ecdsaSignature is deterministic (RFC 6979), so that cases repeat.
func ecdsaSignature(private *ecdsa.PrivateKey, digest [32]byte) (r, s *big.Int) {
	der, err := private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	var parts struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &parts); err != nil {
		panic(err)
	}
	return parts.R, parts.S
}

// fixed writes r and s as JWS does: 32 bytes each (RFC 7518 section 3.4).
func fixed(r, s *big.Int) []byte {
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out
}

// Holds reports whether the signature of a compact token is the profile's. It does
// not look at the header.
func (p *Profile) Holds(token string) bool {
	dot := strings.LastIndexByte(token, '.')
	if dot < 0 {
		return false
	}
	signature, err := b64.Strict().DecodeString(token[dot+1:])
	if err != nil || b64.EncodeToString(signature) != token[dot+1:] { // Go's decoder skips line breaks
		return false
	}
	return holds(p.Algorithm, p.Key, token[:dot], signature)
}

func holds(algorithm, key, input string, signature []byte) bool {
	if strings.HasPrefix(algorithm, "HS") {
		return hmac.Equal(MAC(algorithm, key, input), signature)
	}
	digest := sha256.Sum256([]byte(input))
	switch private := privateKey(key).(type) {
	case *rsa.PrivateKey:
		if algorithm == "PS256" {
			opts := &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
			return rsa.VerifyPSS(&private.PublicKey, crypto.SHA256, digest[:], signature, opts) == nil
		}
		return rsa.VerifyPKCS1v15(&private.PublicKey, crypto.SHA256, digest[:], signature) == nil
	case *ecdsa.PrivateKey:
		if len(signature) != 64 {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
		return ecdsa.Verify(&private.PublicKey, digest[:], r, s)
	case ed25519.PrivateKey:
		return ed25519.Verify(private.Public().(ed25519.PublicKey), []byte(input), signature)
	}
	return false
}

var privateKeys sync.Map // of crypto.Signer, by their PEM

// privateKey reads a key in PKCS #8.
func privateKey(text string) crypto.Signer {
	if known, ok := privateKeys.Load(text); ok {
		return known.(crypto.Signer)
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		panic("no PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		panic(err)
	}
	privateKeys.Store(text, key)
	return key.(crypto.Signer)
}

// publicHalf returns the PEM of a private key's public half.
func publicHalf(text string) string {
	der, err := x509.MarshalPKIXPublicKey(privateKey(text).Public())
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}
