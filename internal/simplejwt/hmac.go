// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"crypto/hmac"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/golang-jwt/jwt/v5"
)

// mac is a keyed MAC, and room for its sum.
type mac struct {
	hash.Hash
	sum [64]byte
}

func (m *mac) of(signed []byte) []byte {
	m.Reset()
	m.Write(signed)
	return m.Sum(m.sum[:0])
}

// newHMACKey makes a key that keeps its keyed MACs for reuse: keying one takes as long
// as handling a token.
func newHMACKey(method *jwt.SigningMethodHMAC, secret []byte) *Key {
	secret = bytes.Clone(secret)
	macs := sync.Pool{New: func() any {
		return &mac{Hash: hmac.New(method.Hash.New, secret)}
	}}
	return &Key{
		proof:     bytes.Clone((&mac{Hash: hmac.New(method.Hash.New, secret)}).of(probe)),
		algorithm: method.Alg(),
		short:     len(secret) < method.Hash.Size(),
		verify: func(signed, signature []byte) bool {
			m := macs.Get().(*mac)
			defer macs.Put(m)
			return hmac.Equal(m.of(signed), signature)
		},
		sign: func(dst, signed []byte) ([]byte, error) {
			m := macs.Get().(*mac)
			defer macs.Put(m)
			return appendEncoded(dst, m.of(signed)), nil
		},
	}
}

// checkSecret refuses what is not secret, above all a public key: as an HMAC secret
// it lets everyone who has it forge tokens (CVE-2015-9235).
func checkSecret(secret []byte, size int, allowShort bool) error {
	switch {
	case len(bytes.TrimSpace(secret)) == 0:
		return fmt.Errorf("%w: give the value of Django's SIGNING_KEY, by default its SECRET_KEY", ErrBlankSecret)
	case privateAlgorithm(secret) != "":
		return fmt.Errorf("%w: it is a private key in PEM; write algorithm %s", ErrPublicKey, privateAlgorithm(secret))
	case looksPublic(secret):
		return fmt.Errorf("%w (PEM, SSH, DER or JWK), which anyone may have, and could forge tokens with: "+
			"give a random secret, or name the asymmetric algorithm that the key is for", ErrPublicKey)
	case len(secret) < size && !allowShort:
		return fmt.Errorf("%w: it has %d bytes and RFC 7518 section 3.2 requires at least %d; "+
			"use a longer secret, or write allow_short_key to accept the risk", ErrShortSecret, len(secret), size)
	}
	return nil
}

// Marks of public keys: a secret begins with one of publicPrefixes or contains one of
// the others, as in PyJWT before 2.9 (utils.py, is_ssh_key) and, for PEM, in all
// releases (is_pem_format).
var (
	publicPrefixes = []string{"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"}
	publicMarks    = []string{
		"-----BEGIN ", "---- BEGIN ",
		"ssh-rsa", "ssh-dss", "ssh-ed25519", "ecdsa-sha2-nistp", "-cert-v01@openssh.com",
	}
)

// looksPublic reports whether secret is in a format for handing keys around, above all
// public ones. That includes a secret that merely contains the words of such a format:
// some releases of PyJWT refuse it, and Django answers every request with 500.
func looksPublic(secret []byte) bool {
	text := string(bytes.TrimLeftFunc(secret, unicode.IsSpace))
	for _, prefix := range publicPrefixes {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	for _, mark := range publicMarks {
		if strings.Contains(text, mark) {
			return true
		}
	}
	if (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && strings.Contains(text, `"kty"`) {
		return true // a JWK, or a set of them (RFC 7517), in any JSON that Python takes
	}
	return isDER([]byte(text)) || slices.ContainsFunc(decodings([]byte(text)), isKeyFile)
}

// isKeyFile reports whether data is what openssl writes: PEM or DER.
func isKeyFile(data []byte) bool {
	return bytes.Contains(data, []byte("-----BEGIN ")) || isDER(data)
}

// decodings returns what secret decodes to as base64 or base64url, with or without
// padding, and as hex, with or without colons. A PEM without its first and last line is
// base64 too.
func decodings(secret []byte) (decoded [][]byte) {
	body := string(bytes.Join(bytes.Fields(secret), nil))
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(body, "="))
	if b, err := base64.RawStdEncoding.DecodeString(standard); err == nil {
		decoded = append(decoded, b)
	}
	digits := strings.ReplaceAll(strings.TrimPrefix(strings.ToLower(body), "0x"), ":", "")
	if b, err := hex.DecodeString(digits); err == nil {
		decoded = append(decoded, b)
	}
	return decoded
}

// isDER reports whether der starts with a key or a certificate. It parses more than the
// first bytes, since good secrets may start with these.
func isDER(der []byte) bool {
	var whole asn1.RawValue
	if _, err := asn1.Unmarshal(der, &whole); err != nil {
		return false
	}
	der = whole.FullBytes
	for _, parse := range []func([]byte) error{
		func(b []byte) error { _, err := x509.ParsePKIXPublicKey(b); return err },
		func(b []byte) error { _, err := x509.ParsePKCS1PublicKey(b); return err },
		func(b []byte) error { _, err := x509.ParseCertificate(b); return err },
		func(b []byte) error { _, err := x509.ParsePKCS8PrivateKey(b); return err },
		func(b []byte) error { _, err := x509.ParsePKCS1PrivateKey(b); return err },
		func(b []byte) error { _, err := x509.ParseECPrivateKey(b); return err },
	} {
		if parse(der) == nil {
			return true
		}
	}
	return false
}
