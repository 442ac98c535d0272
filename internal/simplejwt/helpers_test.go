// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// testSecret is long enough for every HMAC.
const testSecret = "golden vectors: sixty-four bytes, as HS512 wants (RFC 7518 3.2)!"

// testNow is the clock of most tests: 678901 microseconds past a second.
var testNow = time.Unix(1767323045, 678901000)

// testKey makes the signing key of the tests for algorithm.
func testKey(tb testing.TB, algorithm string) *Key {
	tb.Helper()
	key, err := NewKey(algorithm, signingKey(tb, algorithm), false)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// signingKey is what testKey makes its keys of.
func signingKey(tb testing.TB, algorithm string) []byte {
	tb.Helper()
	switch {
	case Symmetric(algorithm):
		return []byte(testSecret)
	case algorithm == "EdDSA":
		return readKey(tb, "ed25519.pem")
	case strings.HasPrefix(algorithm, "ES"):
		return readKey(tb, strings.ToLower(algorithm)+".pem")
	default:
		return readKey(tb, "rsa.pem")
	}
}

// ofItsTime returns a SimpleJWT with the PyJWT that was the newest when it came out:
// the golden files were made with these.
func ofItsTime(name string) *release.Release {
	pyjwt := map[string]string{"5.2": "2.6.0", "5.3": "2.8.0", "5.4": "2.9.0", "5.5": "2.10.1"}
	return release.MustFind(release.Versions{SimpleJWT: name, PyJWT: pyjwt[name]})
}

// newBackend makes a backend with the defaults of SIMPLE_JWT, modified by change. Its
// jtis count the tokens.
func newBackend(tb testing.TB, name string, change func(*Config)) *Backend {
	tb.Helper()
	made := 0
	c := &Config{
		Release:              ofItsTime(name),
		AccessTokenLifetime:  5 * time.Minute,
		RefreshTokenLifetime: 24 * time.Hour,
		RotateRefreshTokens:  true,
		UserIDClaim:          "user_id",
		TokenTypeClaim:       "token_type",
		JTIClaim:             "jti",
		NewJTI: func(dst []byte) []byte {
			made++
			return fmt.Appendf(dst, "%032x", made)
		},
	}
	if change != nil {
		change(c)
	}
	if c.SigningKey == nil {
		c.SigningKey = testKey(tb, "HS256")
	}
	b, err := New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// signed makes a token of a header and a payload as they stand.
func signed(tb testing.TB, key *Key, header, payload string) string {
	tb.Helper()
	token := []byte(b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload)))
	signature, err := key.sign(nil, token)
	if err != nil {
		tb.Fatal(err)
	}
	return string(token) + "." + string(signature)
}

// withHeader is the header that SimpleJWT writes.
func withHeader(key *Key) string { return `{"alg":"` + key.Algorithm() + `","typ":"JWT"}` }

// payloadOf decodes the payload of a token.
func payloadOf[T string | []byte](tb testing.TB, token T) string {
	tb.Helper()
	parts := strings.Split(string(token), ".")
	if len(parts) != 3 {
		tb.Fatalf("not a token: %q", token)
	}
	payload, err := b64.DecodeString(parts[1])
	if err != nil {
		tb.Fatal(err)
	}
	return string(payload)
}

// claimsWith is the payload of a good refresh token with one claim more.
func claimsWith(more string) string {
	return strings.TrimSuffix(goodClaims, "}") + "," + more + "}"
}

const goodClaims = `{"token_type":"refresh","exp":1767326645,"iat":1767319445,"jti":"0123","user_id":1}`
