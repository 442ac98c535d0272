// SPDX-License-Identifier: Apache-2.0

package simplejwt_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// A refresh token comes in, an access token goes out.
func ExampleBackend_Refresh() {
	key, err := simplejwt.NewKey("HS256", []byte("a secret of thirty-two bytes ..."), false)
	if err != nil {
		fmt.Println(err)
		return
	}
	backend, err := simplejwt.New(&simplejwt.Config{
		Release:              release.MustNamed("5.5"),
		SigningKey:           key,
		AccessTokenLifetime:  5 * time.Minute,
		RefreshTokenLifetime: 24 * time.Hour,
		UserIDClaim:          "user_id",
		TokenTypeClaim:       "token_type",
		JTIClaim:             "jti",
		NewJTI:               func(dst []byte) []byte { return append(dst, "5d1fc8a0b1ee4a6fb35c2b1d5d0a7c11"...) },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	login := time.Unix(1767319445, 0)
	token, err := backend.NewRefreshToken([]simplejwt.Claim{{Name: "user_id", Value: []byte("42")}}, login)
	if err != nil {
		fmt.Println(err)
		return
	}

	var scratch simplejwt.Scratch // from a pool, in earnest
	pair, err := backend.Refresh(context.Background(), &scratch, []byte(token), login.Add(time.Hour))
	if err != nil {
		fmt.Println(err)
		return
	}
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(string(pair.Access), ".")[1])
	fmt.Println(string(payload))
	fmt.Println(string(scratch.UserID()))
	// Output:
	// {"token_type":"access","exp":1767323345,"iat":1767323045,"jti":"5d1fc8a0b1ee4a6fb35c2b1d5d0a7c11","user_id":42}
	// 42
}

// What the client is told depends on the release that the backend runs.
func ExampleText() {
	for _, name := range []string{"5.4", "5.5"} {
		fmt.Println(name, simplejwt.Text(release.MustNamed(name), simplejwt.ErrExpired))
	}
	// Output:
	// 5.4 Token is invalid or expired
	// 5.5 Token is expired
}

// A key that cannot be used is refused with what to do instead.
func ExampleNewKey() {
	_, err := simplejwt.NewKey("HS256", []byte("hunter2"), false)
	fmt.Println(err)
	_, err = simplejwt.NewKey("RS256", []byte("a secret of thirty-two bytes ..."), false)
	fmt.Println(err)
	// Output:
	// HS256: the secret is too short: it has 7 bytes and RFC 7518 section 3.2 requires at least 32; use a longer secret, or write allow_short_key to accept the risk
	// RS256: the key cannot be read: it is not a PEM; give a PEM with a key that is RSA, such as `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048` makes; for a shared secret write algorithm HS256
}
