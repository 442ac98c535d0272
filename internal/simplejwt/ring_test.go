// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

var everyAlgorithm = append([]string{"HS256", "HS384", "HS512"}, asymmetricAlgorithms...)

// TestKeyConfusion: a key verifies by its own algorithm and no other, whatever
// the header says and whosoever's key signed (RFC 8725 section 2.1).
func TestKeyConfusion(t *testing.T) {
	for _, ours := range everyAlgorithm {
		key := testKey(t, ours)
		b := newBackend(t, "5.5", func(c *Config) { c.SigningKey = key })
		var tests []hostile
		for _, theirs := range append(everyAlgorithm, "none", "ES256K", "HS1", "RSA1_5", "dir") {
			header := `{"alg":"` + theirs + `","typ":"JWT"}`
			var want error
			if theirs != ours {
				want = ErrInvalid
			}
			// Signed by our own key, whatever algorithm the header names.
			tests = append(tests, hostile{ours + " called " + theirs, signed(t, key, header, goodClaims), want})
			if !KnownAlgorithm(theirs) || theirs == ours {
				continue
			}
			// Signed by another key; the header names its algorithm or ours.
			other := testKey(t, theirs)
			tests = append(tests,
				hostile{theirs + " at " + ours, signed(t, other, header, goodClaims), ErrInvalid},
				hostile{theirs + " called " + ours, signed(t, other, withHeader(key), goodClaims), ErrInvalid})
		}
		for name, secret := range publicTexts(t, key) {
			for _, hmac := range []string{"HS256", "HS384", "HS512"} {
				forger := newHMACKey(algorithms[hmac].(*jwt.SigningMethodHMAC), []byte(secret))
				tests = append(tests,
					hostile{ours + "'s public key as " + name + " by " + hmac, signed(t, forger, withHeader(forger), goodClaims), ErrInvalid},
					hostile{ours + "'s public key as " + name + " by " + hmac + " called " + ours, signed(t, forger, withHeader(key), goodClaims), ErrInvalid})
			}
		}
		run(t, b, tests)
	}
}

// publicTexts are the spellings of key's public half that an attacker tries as
// an HMAC secret (CVE-2015-9235).
func publicTexts(tb testing.TB, key *Key) map[string]string {
	tb.Helper()
	if key.PublicKey() == nil {
		return nil
	}
	der, err := x509.MarshalPKIXPublicKey(key.PublicKey())
	if err != nil {
		tb.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return map[string]string{
		"PEM": text, "PEM without its line break": strings.TrimSpace(text), "PEM with one more": text + "\n", "space and PEM": " " + text,
		"DER": string(der), "empty": "",
	}
}

// roster is a KeySet that holds what it is given and counts who asks.
type roster struct {
	keys  map[string]*Key
	err   error
	asked []string
}

func (r *roster) Key(_ context.Context, kid string) (*Key, error) {
	r.asked = append(r.asked, kid)
	return r.keys[kid], r.err
}

func verifying(tb testing.TB, algorithm string) *Key {
	tb.Helper()
	key, err := NewVerifyingKeyFrom(algorithm, testKey(tb, algorithm).PublicKey())
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func previous(tb testing.TB, algorithm string) *Key {
	tb.Helper()
	key, err := NewPreviousKey(algorithm, signingKey(tb, algorithm), false)
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

// TestPreviousKeys: a token of an old key, of any algorithm, gets tokens of the
// new key, and the old key signs nothing.
func TestPreviousKeys(t *testing.T) {
	for _, old := range everyAlgorithm {
		for _, ours := range []string{"HS256", "RS256", "ES256", "EdDSA"} {
			if old == ours {
				continue
			}
			b := newBackend(t, "5.5", func(c *Config) {
				c.SigningKey = testKey(t, ours)
				c.PreviousKeys = []*Key{previous(t, "HS512"), previous(t, old)}
			})
			key := testKey(t, old)
			var s Scratch
			pair, err := b.Refresh(t.Context(), &s, []byte(signed(t, key, withHeader(key), goodClaims)), testNow)
			if err != nil {
				t.Errorf("%s after %s: %v", ours, old, err)
				continue
			}
			for _, token := range [][]byte{pair.Access, pair.Refresh} {
				if header := headerOf(t, token); header != withHeader(b.signingKey) {
					t.Errorf("%s after %s: header %s", ours, old, header)
				}
			}
			if old == "HS512" {
				continue
			}
			stranger, err := NewKey("HS384", []byte(strings.Repeat("stranger", 6)), false)
			if err != nil {
				t.Fatal(err)
			}
			run(t, b, []hostile{
				{"old key under the new name", signed(t, key, withHeader(b.signingKey), goodClaims), ErrInvalid},
				{"no key of ours", signed(t, stranger, withHeader(stranger), goodClaims), ErrInvalid},
			})
		}
	}
	if _, err := New(&Config{Release: release.MustNamed("5.5"), SigningKey: previous(t, "RS256")}); err == nil {
		t.Error("a previous key may sign")
	}
}

func headerOf(tb testing.TB, token []byte) string {
	tb.Helper()
	header, err := b64.DecodeString(strings.Split(string(token), ".")[0])
	if err != nil {
		tb.Fatal(err)
	}
	return string(header)
}

// TestKeyID: key_id goes between alg and typ, where PyJWT sorts it, escaped as
// Python escapes; tokens with and without it are read.
func TestKeyID(t *testing.T) {
	b := newBackend(t, "5.5", func(c *Config) { c.KeyID = "2026 é\"" })
	var s Scratch
	for _, header := range []string{withHeader(b.signingKey), `{"alg":"HS256","kid":"2026 é\"","typ":"JWT"}`, `{"alg":"HS256","kid":"other"}`} {
		pair, err := b.Refresh(t.Context(), &s, []byte(signed(t, b.signingKey, header, goodClaims)), testNow)
		if err != nil {
			t.Fatalf("%s: %v", header, err)
		}
		if got, want := headerOf(t, pair.Access), `{"alg":"HS256","kid":"2026 \u00e9\"","typ":"JWT"}`; got != want {
			t.Errorf("header %s, want %s", got, want)
		}
	}
}

// TestKeySet: with a key set a token needs a kid, as with SimpleJWT's JWK_URL,
// and the set is asked about nothing but tokens that it could have signed.
func TestKeySet(t *testing.T) {
	down := errors.New("down")
	key := func(algorithm string) *Key { return testKey(t, algorithm) }
	header := func(algorithm, kid string) string { return `{"alg":"` + algorithm + `","kid":"` + kid + `"}` }
	tests := []struct {
		name  string
		token string
		err   error
		want  error
		asked string
	}{
		{"known", signed(t, key("RS256"), header("RS256", "a"), goodClaims), nil, nil, "[a]"},
		{"escaped", signed(t, key("RS256"), header("RS256", `\u0061`), goodClaims), nil, nil, "[a]"},
		{"unknown", signed(t, key("RS256"), header("RS256", "b"), goodClaims), nil, ErrInvalid, "[b]"},
		{"without a kid", signed(t, key("RS256"), withHeader(key("RS256")), goodClaims), nil, ErrInvalid, "[]"},
		{"number for a kid", signed(t, key("RS256"), `{"alg":"RS256","kid":1}`, goodClaims), nil, ErrInvalid, "[]"},
		{"path for a kid", signed(t, key("RS256"), header("RS256", "../../dev/null"), goodClaims), nil, ErrInvalid, "[../../dev/null]"},
		{"wrong algorithm in the header", signed(t, key("RS512"), header("RS512", "a"), goodClaims), nil, ErrInvalid, "[]"},
		{"wrong algorithm behind the kid", signed(t, key("RS256"), header("RS256", "es"), goodClaims), nil, ErrInvalid, "[es]"},
		{"algorithm of the kid's key under the set's name", signed(t, key("PS256"), header("RS256", "ps"), goodClaims), nil, ErrInvalid, "[ps]"},
		{"kid of one key, signature of another", signed(t, key("RS256"), header("RS256", "ps"), goodClaims), nil, ErrInvalid, "[ps]"},
		{"badly signed", signed(t, key("RS256"), header("RS256", "a"), goodClaims) + "AAAA", nil, ErrInvalid, "[a]"},
		{"secret", signed(t, key("HS384"), header("HS384", "hs"), goodClaims), nil, ErrInvalid, "[]"},
		{"previous", signed(t, key("ES256"), withHeader(key("ES256")), goodClaims), nil, nil, "[]"},
		{"previous, with a kid", signed(t, key("ES256"), header("ES256", "a"), goodClaims), nil, nil, "[]"},
		{"previous, while the set is down", signed(t, key("ES256"), header("ES256", "b"), goodClaims), down, nil, "[]"},
		{"down", signed(t, key("RS256"), header("RS256", "a"), goodClaims), down, ErrUnavailable, "[a]"},
		{"down, without a kid", signed(t, key("RS256"), withHeader(key("RS256")), goodClaims), down, ErrInvalid, "[]"},
		{"down, and no token", "x.y", down, ErrInvalid, "[]"},
	}
	for _, tt := range tests {
		set := &roster{keys: map[string]*Key{
			"a": verifying(t, "RS256"), "es": verifying(t, "ES256"), "ps": verifying(t, "PS256"), "hs": testKey(t, "HS384"),
		}, err: tt.err}
		b := newBackend(t, "5.5", func(c *Config) {
			c.SigningKey, c.KeySet, c.PreviousKeys = testKey(t, "RS256"), set, []*Key{previous(t, "ES256")}
		})
		err := b.Verify(t.Context(), new(Scratch), []byte(tt.token), testNow)
		if !errors.Is(err, tt.want) || tt.want == ErrUnavailable && !errors.Is(err, down) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
		if asked := fmt.Sprint(set.asked); asked != tt.asked {
			t.Errorf("%s: the set was asked about %s, want %s", tt.name, asked, tt.asked)
		}
	}

	// A token that is signed here under a kid of the set is accepted again.
	set := &roster{keys: map[string]*Key{"own": verifying(t, "EdDSA")}}
	b := newBackend(t, "5.5", func(c *Config) { c.SigningKey, c.KeySet, c.KeyID = testKey(t, "EdDSA"), set, "own" })
	token, err := b.NewRefreshToken(nil, testNow)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Refresh(t.Context(), new(Scratch), []byte(token), testNow); err != nil {
		t.Errorf("own token: %v", err)
	}
}

// TestEmbeddedKeys: a key that a token brings along, or says where to find, is
// not used (CVE-2018-0114), and nobody is called.
func TestEmbeddedKeys(t *testing.T) {
	var called atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer server.Close()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	attacker := newAsymmetricKey(jwt.SigningMethodES256, private.Public(), private)
	point, err := private.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	jwk := `{"kty":"EC","crv":"P-256","kid":"a","x":"` + b64.EncodeToString(point[1:33]) + `","y":"` + b64.EncodeToString(point[33:]) + `"}`
	certificate := base64.StdEncoding.EncodeToString([]byte(certificateOf(t, private)))
	b := newBackend(t, "5.5", func(c *Config) {
		c.SigningKey, c.KeySet = testKey(t, "ES256"), &roster{keys: map[string]*Key{"a": verifying(t, "ES256")}}
		c.PreviousKeys = []*Key{testKey(t, "HS256")}
	})
	var tests []hostile
	for _, member := range []string{
		`"jwk":` + jwk, `"jwk":` + jwk + `,"kid":"a"`, `"kid":"a","jku":"` + server.URL + `"`, `"kid":"` + server.URL + `"`,
		`"x5u":"` + server.URL + `"`, `"x5c":["` + certificate + `"]`, `"kid":"a","jku":"` + server.URL + `","x5u":"` + server.URL + `","jwk":` + jwk,
	} {
		header := `{"alg":"ES256",` + member + `}`
		tests = append(tests, hostile{header, signed(t, attacker, header, goodClaims), ErrInvalid})
	}
	run(t, b, tests)
	if called.Load() != 0 {
		t.Errorf("%d connections", called.Load())
	}
}

// TestKeysThatDoNotGoTogether: New refuses them and says which to delete.
func TestKeysThatDoNotGoTogether(t *testing.T) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := NewVerifyingKeyFrom("ES256", private.Public())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		change func(*Config)
		want   error
	}{
		{"a pair", func(c *Config) { c.SigningKey, c.VerifyingKey = testKey(t, "ES256"), verifying(t, "ES256") }, nil},
		{"another's public key", func(c *Config) { c.SigningKey, c.VerifyingKey = testKey(t, "ES256"), stranger }, ErrKeyPair},
		{"another algorithm", func(c *Config) { c.SigningKey, c.VerifyingKey = testKey(t, "RS256"), verifying(t, "PS256") }, ErrKeyPair},
		{"another kind", func(c *Config) { c.SigningKey, c.VerifyingKey = testKey(t, "RS256"), verifying(t, "EdDSA") }, ErrKeyPair},
		{"a secret", func(c *Config) { c.SigningKey, c.VerifyingKey = testKey(t, "HS256"), verifying(t, "RS256") }, ErrKeyPair},
		{"two secrets", func(c *Config) { c.SigningKey, c.VerifyingKey = testKey(t, "HS256"), testKey(t, "HS256") }, ErrKeyPair},
		{"a set for a secret", func(c *Config) { c.SigningKey, c.KeySet = testKey(t, "HS256"), &roster{} }, ErrAlgorithm},
		{"a set and a verifying key", func(c *Config) {
			c.SigningKey, c.KeySet, c.VerifyingKey = testKey(t, "RS256"), &roster{}, verifying(t, "RS256")
		}, ErrKeyPair},
	}
	for _, tt := range tests {
		c := &Config{Release: release.MustNamed("5.5")}
		tt.change(c)
		if b, err := New(c); !errors.Is(err, tt.want) || (b == nil) == (err == nil) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
	for name, c := range map[string]*Config{
		"nothing":                {},
		"no release":             {SigningKey: testKey(t, "HS256")},
		"no key":                 {Release: release.MustNamed("5.5")},
		"a key that cannot sign": {Release: release.MustNamed("5.5"), SigningKey: verifying(t, "RS256")},
		"no previous key":        {Release: release.MustNamed("5.5"), SigningKey: testKey(t, "HS256"), PreviousKeys: []*Key{nil}},
	} {
		if b, err := New(c); err == nil || b != nil {
			t.Errorf("%s: no error", name)
		}
	}
}
