// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// benchClaims is a refresh token's payload of five claims.
const benchClaims = `{"token_type":"refresh","exp":1767326645,"iat":1767319445,"jti":"5d1fc8a0b1ee4a6fb35c2b1d5d0a7c11","user_id":"42"}`

// BenchmarkRefresh verifies a refresh token and makes an access token of it.
func BenchmarkRefresh(b *testing.B) {
	key := testKey(b, "HS256")
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

// BenchmarkGolangJWT does the same with golang-jwt's parser and signer.
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
