// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// benchClaims is a refresh token's payload of five claims.
const benchClaims = `{"token_type":"refresh","exp":1767326645,"iat":1767319445,"jti":"5d1fc8a0b1ee4a6fb35c2b1d5d0a7c11","user_id":"42"}`

// BenchmarkRefresh verifies a refresh token and makes an access token of it.
func BenchmarkRefresh(b *testing.B) { refreshBy(b, "HS256") }

// BenchmarkRefreshBy does the same with each algorithm.
func BenchmarkRefreshBy(b *testing.B) {
	for _, algorithm := range everyAlgorithm {
		b.Run(algorithm, func(b *testing.B) { refreshBy(b, algorithm) })
	}
}

func refreshBy(b *testing.B, algorithm string) {
	key := testKey(b, algorithm)
	backend := newBackend(b, "5.3", func(c *Config) {
		c.SigningKey = key
		c.RotateRefreshTokens = false
		c.NewJTI = AppendJTI
	})
	token := []byte(signed(b, key, withHeader(key), benchClaims))
	var s Scratch
	b.ReportAllocs()
	for b.Loop() {
		if _, err := backend.Refresh(b.Context(), &s, token, testNow); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor does the least that a refresh by HS256 needs, on the same token and
// with the standard library alone. It computes two HMACs with a key that is set up
// beforehand, one to verify and one to sign, and makes three passes of base64url: it
// decodes the payload, encodes it again and encodes the signature. A refresh may take
// 1.6 times as long.
func BenchmarkFloor(b *testing.B) {
	key := testKey(b, "HS256")
	token := []byte(signed(b, key, withHeader(key), benchClaims))
	c, ok := splitCompact(token)
	if !ok {
		b.Fatal("not a token")
	}
	mac := hmac.New(sha256.New, []byte(testSecret))
	var sum, payload, again []byte
	var err error
	b.ReportAllocs()
	for b.Loop() {
		mac.Reset()
		mac.Write(c.signed)
		sum = mac.Sum(sum[:0])
		if payload, err = base64.RawURLEncoding.AppendDecode(payload[:0], c.payload); err != nil {
			b.Fatal(err)
		}

		again = append(append(again[:0], c.header...), '.')
		again = base64.RawURLEncoding.AppendEncode(again, payload)
		mac.Reset()
		mac.Write(again)
		sum = mac.Sum(sum[:0])
		again = base64.RawURLEncoding.AppendEncode(append(again, '.'), sum)
	}
	if !bytes.Equal(again, token) {
		b.Fatal("encoding the token again has changed it")
	}
}

// BenchmarkCrypto does the least that a refresh needs: it verifies one signature and
// makes another. A refresh by the same algorithm has to reach 0.95 of its speed.
func BenchmarkCrypto(b *testing.B) {
	text := signed(b, testKey(b, "RS256"), `{"alg":"RS256","typ":"JWT"}`, benchClaims)
	message := []byte(text[:strings.LastIndexByte(text, '.')])
	sum := sha256.Sum256(message)
	b.Run("RS256", func(b *testing.B) {
		key := privateKey(b, "RS256").(*rsa.PrivateKey)
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		for b.Loop() {
			if err == nil {
				sum := sha256.Sum256(message)
				err = rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature)
			}
			if err == nil {
				sum := sha256.Sum256(message)
				signature, err = rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
			}
		}
		if err != nil {
			b.Fatal(err)
		}
	})
	b.Run("ES256", func(b *testing.B) {
		key := privateKey(b, "ES256").(*ecdsa.PrivateKey)
		signature, err := ecdsa.SignASN1(rand.Reader, key, sum[:])
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			sum := sha256.Sum256(message)
			if !ecdsa.VerifyASN1(&key.PublicKey, sum[:], signature) {
				b.Fatal("not verified")
			}
			sum = sha256.Sum256(message)
			if signature, err = ecdsa.SignASN1(rand.Reader, key, sum[:]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("EdDSA", func(b *testing.B) {
		key := privateKey(b, "EdDSA").(ed25519.PrivateKey)
		public := key.Public().(ed25519.PublicKey)
		signature := ed25519.Sign(key, message)
		for b.Loop() {
			if !ed25519.Verify(public, message, signature) {
				b.Fatal("not verified")
			}
			signature = ed25519.Sign(key, message)
		}
	})
}

// BenchmarkGolangJWT refreshes with golang-jwt's parser and signer.
func BenchmarkGolangJWT(b *testing.B) {
	key := testKey(b, "HS256")
	token := signed(b, key, withHeader(key), benchClaims)
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithTimeFunc(func() time.Time { return testNow }))
	secret := func(*jwt.Token) (any, error) { return []byte(testSecret), nil }
	b.ReportAllocs()
	for b.Loop() {
		refresh, err := parser.Parse(token, secret)
		if err != nil {
			b.Fatal(err)
		}
		claims := refresh.Claims.(jwt.MapClaims)
		if claims["token_type"] != "refresh" {
			b.Fatal("wrong type")
		}
		claims["token_type"] = "access"
		claims["exp"] = testNow.Add(5 * time.Minute).Unix()
		claims["jti"] = string(AppendJTI(nil))
		if _, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(testSecret)); err != nil {
			b.Fatal(err)
		}
	}
}
