// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// FuzzCompact feeds whole tokens. golang-jwt accepts every accepted token with the same
// key, and each segment has its one canonical spelling.
func FuzzCompact(f *testing.F) {
	b := newBackend(f, "5.3", nil)
	good := signed(f, b.signingKey, withHeader(b.signingKey), goodClaims)
	f.Add([]byte(good))
	f.Add([]byte(signed(f, b.signingKey, `{"alg":"HS256","kid":"a","x":[1,{"b":null}]}`, benchClaims)))
	f.Add([]byte(signed(f, b.signingKey, `{"alg":"none"}`, benchClaims)))
	f.Add([]byte(strings.TrimRight(good, "A") + "."))
	f.Add([]byte(good + "=\n"))
	f.Add([]byte("..."))
	f.Fuzz(func(t *testing.T, token []byte) {
		// A mutated token is hardly ever well signed. Sign it anew, so that the rest
		// of it is checked too.
		for _, token := range [][]byte{token, resign(b.signingKey, token)} {
			given := string(token)
			var s Scratch
			pair, err := b.Refresh(t.Context(), &s, token, testNow)
			if string(token) != given {
				t.Fatal("the token was written to")
			}
			if err != nil {
				if pair.Access != nil || pair.Refresh != nil {
					t.Fatalf("tokens beside the error %v", err)
				}
				continue
			}
			accepted(t, given)
			accepted(t, string(pair.Access))
			accepted(t, string(pair.Refresh))
			for segment := range strings.SplitSeq(given, ".") {
				decoded, err := b64.DecodeString(segment)
				if err != nil || b64.EncodeToString(decoded) != segment {
					t.Fatalf("%q is not the only spelling", segment)
				}
			}
		}
	})
}

// resign replaces what follows the last dot by the signature of what is before.
func resign(key *Key, token []byte) []byte {
	dot := bytes.LastIndexByte(token, '.')
	if dot < 0 {
		return token
	}
	token = append([]byte(nil), token[:dot+1]...)
	token, err := key.sign(token, token[:dot])
	if err != nil {
		panic(err)
	}
	return token
}

// accepted fails unless golang-jwt accepts the token, or at least its signature:
// golang-jwt is stricter than Python about the types of claims.
func accepted(tb testing.TB, token string) {
	tb.Helper()
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithStrictDecoding(), jwt.WithoutClaimsValidation(), jwt.WithJSONNumber())
	if pythonOnly(token) {
		return
	}
	if _, err := parser.Parse(token, func(*jwt.Token) (any, error) { return []byte(testSecret), nil }); err != nil {
		tb.Fatalf("golang-jwt refuses %q: %v", token, err)
	}
}

// pythonOnly reports whether the payload holds what json.loads takes and
// encoding/json does not: NaN and its like.
func pythonOnly(token string) bool {
	payload, err := b64.DecodeString(strings.Split(token, ".")[1])
	return err == nil && !json.Valid(payload) && (bytes.Contains(payload, []byte("NaN")) || bytes.Contains(payload, []byte("Infinity")))
}

// FuzzClaims feeds payloads that are well signed. golang-jwt and encoding/json read the
// same claims from an accepted one, and all of them are carried over.
func FuzzClaims(f *testing.F) {
	for _, payload := range []string{
		goodClaims, benchClaims, `{}`, `{"exp":1e300}`, `{"exp":"1767326645","token_type":"refresh"}`,
		claimsWith(`"nbf":1.5,"iss":"i","aud":["a",1],"sub":null`), claimsWith(`"n":NaN,"i":-Infinity`), claimsWith(`"\u0065xp":1`),
		claimsWith(`"deep":[[[{"a":[]}]]],"s":"\ud83d\ude00\ud800"`), claimsWith(`"aud":"a","iss":"i"`),
	} {
		f.Add([]byte(payload))
	}
	plain := newBackend(f, "5.3", nil)
	strict := newBackend(f, "5.5", func(c *Config) {
		c.Audience, c.Issuer, c.Leeway = []string{"a", "b"}, "i", 1500*time.Millisecond
	})
	f.Fuzz(func(t *testing.T, payload []byte) {
		token := signed(t, plain.signingKey, withHeader(plain.signingKey), string(payload))
		for _, b := range []*Backend{plain, strict} {
			var s Scratch
			pair, err := b.Refresh(t.Context(), &s, []byte(token), testNow)
			verified := b.Verify(t.Context(), &s, []byte(token), testNow)
			if err != nil {
				continue
			}
			if verified != nil {
				t.Fatalf("%q refreshes but does not verify: %v", payload, verified)
			}
			accepted(t, token)
			checkAccess(t, payload, pair.Access)
			if _, err := b.Refresh(t.Context(), &s, append([]byte(nil), pair.Refresh...), testNow); err != nil {
				t.Fatalf("%q rotates into a token that is refused: %v", payload, err)
			}
		}
	})
}

// checkAccess compares the claims of a refresh token and of its access token, as
// encoding/json reads them.
func checkAccess(tb testing.TB, refresh, access []byte) {
	tb.Helper()
	if !json.Valid(refresh) {
		return // NaN and its like
	}
	var before, after map[string]json.RawMessage
	if err := json.Unmarshal(refresh, &before); err != nil {
		tb.Fatal(err)
	}
	if err := json.Unmarshal([]byte(payloadOf(tb, access)), &after); err != nil {
		tb.Fatalf("access token: %v", err)
	}
	for name, value := range before {
		switch name {
		case "token_type", "exp", "iat", "jti", "aud", "iss":
		default:
			if !bytes.Equal(after[name], value) {
				tb.Fatalf("claim %q was %s and is %s", name, value, after[name])
			}
		}
	}
	if string(after["token_type"]) != `"access"` || string(after["exp"]) != "1767323345" {
		tb.Fatalf("access token: %s", payloadOf(tb, access))
	}
}
