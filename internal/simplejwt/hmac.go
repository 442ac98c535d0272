// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"crypto/hmac"
	"encoding/json"
	"fmt"
	"hash"
	"sync"

	"github.com/golang-jwt/jwt/v5"
)

// mac is a MAC that was keyed once, and room for its sum.
type mac struct {
	hash.Hash
	sum [64]byte
}

func (m *mac) of(signed []byte) []byte {
	m.Reset()
	m.Write(signed)
	return m.Sum(m.sum[:0])
}

// newHMACKey keeps keyed MACs for reuse: keying one costs as much as a token.
func newHMACKey(method *jwt.SigningMethodHMAC, secret []byte) *Key {
	secret = bytes.Clone(secret)
	macs := sync.Pool{New: func() any {
		return &mac{Hash: hmac.New(method.Hash.New, secret)}
	}}
	return &Key{
		algorithm: method.Alg(),
		verify: func(signed, signature []byte) bool {
			m := macs.Get().(*mac)
			defer macs.Put(m)
			return hmac.Equal(m.of(signed), signature)
		},
		sign: func(dst, signed []byte) ([]byte, error) {
			m := macs.Get().(*mac)
			defer macs.Put(m)
			return b64.AppendEncode(dst, m.of(signed)), nil
		},
	}
}

// checkSecret refuses secrets that are none: a public key as an HMAC secret
// lets everyone who has it forge tokens (CVE-2015-9235).
func checkSecret(secret []byte, size int, allowShort bool) error {
	text := bytes.TrimSpace(secret)
	switch {
	case len(text) == 0:
		return fmt.Errorf("%w: give the value of Django's SIGNING_KEY, by default its SECRET_KEY", ErrBlankSecret)
	case looksPublic(text):
		return fmt.Errorf("%w (PEM, SSH, DER or JWK), which anyone may hold and forge tokens with: "+
			"give a random secret, or name the asymmetric algorithm that the key is for", ErrPublicKey)
	case len(secret) < size && !allowShort:
		return fmt.Errorf("%w: it has %d bytes and RFC 7518 section 3.2 wants at least %d; "+
			"use a longer secret, or write allow_short_key to accept the risk", ErrShortSecret, len(secret), size)
	}
	return nil
}

var publicPrefixes = []string{
	"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", // OpenSSH
	"\x30\x82", "\x30\x81", // DER of an RSA key or a certificate
}

// looksPublic says whether secret is in a format in which public keys are
// handed around. A secret that merely holds such words is refused as well.
func looksPublic(secret []byte) bool {
	if bytes.Contains(secret, []byte("-----BEGIN ")) || bytes.Contains(secret, []byte("---- BEGIN SSH2")) {
		return true
	}
	for _, prefix := range publicPrefixes {
		if bytes.HasPrefix(secret, []byte(prefix)) {
			return true
		}
	}
	var jwk map[string]any
	if json.Unmarshal(secret, &jwk) != nil {
		return false
	}
	return jwk["kty"] != nil || jwk["keys"] != nil
}
