// SPDX-License-Identifier: Apache-2.0

package simplejwt_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// wrongVectors are the entries of Project Wycheproof that are mistaken about
// JWS, by file and tcId. Each is given the opposite of the verdict it asks for.
var wrongVectors = map[string]map[int]string{
	"json_web_signature_test.json": {
		346: "a PS384 token, valid by a key whose alg says PS256",
		347: "an ES512 token, valid by a key whose alg says ES521, which is not registered",
		350: "as 346",
		351: "as 347",
		367: "invalid for its padding, which it does not have: the token is that of 357, which is valid",
		370: "as 367",
		372: "valid with a question mark inside its header segment",
		373: "valid with a question mark inside its payload segment",
	},
}

type wycheproofFile struct {
	TestGroups []wycheproofGroup
}

type wycheproofGroup struct {
	Comment         string
	Public, Private json.RawMessage // a JWK or a JWK Set
	Tests           []struct {
		TcID     int
		Comment  string
		Result   string
		JWS, JWE json.RawMessage
	}
}

// TestWycheproof runs Project Wycheproof's vectors for JWS and JWK, as Google
// published them (testdata/wycheproof, Apache-2.0). Public keys come as a JWK Set
// over the wire and through all that is done with one; secrets, which are never
// taken from a JWK, are given as signing and previous keys.
func TestWycheproof(t *testing.T) {
	for file, tests := range map[string]int{
		"json_web_crypto_test.json": 83, "json_web_key_test.json": 26, "json_web_signature_test.json": 401,
	} {
		data, err := os.ReadFile(filepath.Join("testdata", "wycheproof", file))
		if err != nil {
			t.Fatal(err)
		}
		var vectors wycheproofFile
		if err := json.Unmarshal(data, &vectors); err != nil {
			t.Fatal(err)
		}
		ran := 0
		for _, g := range vectors.TestGroups {
			for _, tt := range g.Tests {
				ran++
				want := tt.Result == "valid"
				if wrongVectors[file][tt.TcID] != "" {
					want = !want
				}
				token := tt.JWS
				if token == nil { // encrypted tokens are none here
					token, want = tt.JWE, false
				}
				if got := g.verify(t, text(token)); got != want {
					t.Errorf("%s %d, %s, %s: accepted is %v", file, tt.TcID, g.Comment, tt.Comment, got)
				}
			}
		}
		if ran != tests {
			t.Errorf("%s: %d tests, not %d", file, ran, tests)
		}
	}
}

// text is the string in raw, or raw itself: the JSON serialization of a token.
func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}

// jwk is what the test itself has to know of a key.
type jwk struct{ KTY, ALG, KID, K string }

// verify reports whether a backend that is configured with the group's keys takes
// the token.
func (g *wycheproofGroup) verify(t *testing.T, token string) bool {
	t.Helper()
	document := g.Public
	if document == nil {
		document = g.Private
	}
	if !bytes.Contains(document, []byte(`"keys"`)) {
		document = fmt.Appendf(nil, `{"keys":[%s]}`, document)
	}
	var set struct{ Keys []jwk }
	if err := json.Unmarshal(document, &set); err != nil {
		t.Fatal(err)
	}
	c := simplejwt.SampleConfig()
	var err error
	if g.Public != nil {
		err = g.fetched(t, c, document, algorithmOf(set.Keys[0], token))
	} else {
		err = shared(c, set.Keys)
	}
	if err != nil {
		return false
	}
	backend, err := simplejwt.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return backend.Authentic(t.Context(), []byte(token))
}

// algorithmOf is the algorithm that is configured for a key: its own, or where it
// does not say, the token's.
func algorithmOf(key jwk, token string) string {
	if key.ALG != "" {
		return key.ALG
	}
	header, _ := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[0])
	var h struct{ Alg string }
	_ = json.Unmarshal(header, &h) // a header that is none names no algorithm
	return h.Alg
}

// shared configures secrets. No configuration stands for a key set that is not made of
// distinct secrets.
func shared(c *simplejwt.Config, keys []jwk) error {
	seen := map[string]bool{}
	for _, k := range keys {
		if k.KTY != "oct" || seen[k.KID] {
			return errors.New("not a set of distinct secrets")
		}
		seen[k.KID] = true
		secret, err := base64.RawURLEncoding.DecodeString(k.K)
		if err != nil {
			return err
		}
		key, err := simplejwt.NewKey(k.ALG, secret, false)
		if err != nil {
			return err
		}
		if c.SigningKey == nil {
			c.SigningKey = key
			continue
		}
		c.PreviousKeys = append(c.PreviousKeys, key)
	}
	return nil
}

// fetched configures a key set at a URL, and some key to sign with.
func (g *wycheproofGroup) fetched(t *testing.T, c *simplejwt.Config, document []byte, algorithm string) error {
	t.Helper()
	remote, err := jwks.New(jwks.Config[*simplejwt.Key]{
		URL: "https://vectors.example/jwks", Algorithm: algorithm, NewKey: simplejwt.NewVerifyingKeyFrom,
		Transport: respondWith(document),
	})
	if err != nil {
		return err
	}
	t.Cleanup(remote.Close)
	c.KeySet = keySet{remote}
	name := map[string]string{"R": "rsa", "P": "rsa", "E": strings.ToLower(algorithm)}[algorithm[:1]]
	pem, err := os.ReadFile(filepath.Join("testdata", "keys", name+".pem"))
	if err != nil {
		t.Fatal(err)
	}
	c.SigningKey, err = simplejwt.NewKey(algorithm, pem, false)
	return err
}

// keySet makes a simplejwt.KeySet of a remote set.
type keySet struct{ *jwks.Remote[*simplejwt.Key] }

func (s keySet) Key(ctx context.Context, kid string) (*simplejwt.Key, error) {
	key, err := s.Remote.Key(ctx, kid)
	if errors.Is(err, jwks.ErrNoKey) {
		return nil, nil
	}
	return key, err
}

// respondWith answers each request with a document.
type respondWith []byte

func (r respondWith) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(r))}, nil
}
