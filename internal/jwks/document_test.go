// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The examples of RFC 7638 section 3.1 and RFC 8037 appendix A.3.
func TestThumbprint(t *testing.T) {
	n, err := base64.RawURLEncoding.DecodeString("0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw")
	if err != nil {
		t.Fatal(err)
	}
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	if err != nil {
		t.Fatal(err)
	}
	for want, pub := range map[string]crypto.PublicKey{
		"NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs": &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: 65537},
		"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k": ed25519.PublicKey(x),
	} {
		if got, err := Thumbprint(pub); err != nil || got != want {
			t.Errorf("thumbprint %s, %v, want %s", got, err, want)
		}
	}
}

func p521(t *testing.T) *ecdsa.PublicKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &key.PublicKey
}

// What is published is what a Remote takes, for each kind of key.
func TestPublishAndFetch(t *testing.T) {
	all := []PublicKey{
		{&rsaKey().PublicKey, "RS384", ""},
		{edKey(), "EdDSA", "of mine"},
		{ecKeys()[0], "ES256", ""},
		{p521(t), "ES512", ""},
	}
	d, err := NewDocument(all...)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(d)
	defer s.Close()
	for _, key := range all {
		kid := key.KeyID
		if kid == "" {
			if kid, err = Thumbprint(key.Key); err != nil {
				t.Fatal(err)
			}
		}
		r := newRemote(t, s.URL, algorithmIs(key.Algorithm))
		got, err := r.Key(t.Context(), kid)
		if err != nil || !key.Key.(interface{ Equal(crypto.PublicKey) bool }).Equal(got) {
			t.Errorf("%s: %v, %v", key.Algorithm, got, err)
		}
	}
	slices.Reverse(all)
	other, err := NewDocument(all...)
	if err != nil || !bytes.Equal(other.JSON(), d.JSON()) || other.etag != d.etag {
		t.Errorf("the order of the keys shows: %v\n%s\n%s", err, d.JSON(), other.JSON())
	}
	if strings.HasPrefix(d.etag, "W/") || other.etag == `""` {
		t.Errorf("ETag: %s", d.etag)
	}
}

// Every member that is ever published: a private one would be new here.
func TestMembers(t *testing.T) {
	for want, key := range map[string]PublicKey{
		"alg e kid kty n use":     {&rsaKey().PublicKey, "PS256", ""},
		"alg crv kid kty use x y": ec(0, ""),
		"alg crv kid kty use x":   {edKey(), "EdDSA", ""},
	} {
		m := published(t, key)
		if got := strings.Join(slices.Sorted(maps.Keys(m)), " "); got != want {
			t.Errorf("members %s, want %s", got, want)
		}
		if m["use"] != "sig" || m["alg"] != key.Algorithm {
			t.Errorf("use and alg: %v", m)
		}
	}
	if got := keys(t); got != `{"keys":[]}` {
		t.Errorf("no keys: %s", got)
	}
}

func TestOneKeyTwice(t *testing.T) {
	pub := &rsaKey().PublicKey
	kid, err := Thumbprint(pub)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		other string
		want  jwk
	}{
		"same algorithm":  {"RS256", jwk{"kid": kid, "alg": "RS256"}},
		"other algorithm": {"PS256", jwk{"kid": kid}},
	} {
		var set struct{ Keys []jwk }
		body := keys(t, PublicKey{pub, "RS256", ""}, PublicKey{pub, test.other, ""})
		if err := json.Unmarshal([]byte(body), &set); err != nil || len(set.Keys) != 1 {
			t.Fatalf("%s: %v: %s", name, err, body)
		}
		got := set.Keys[0].with(jwk{"kty": nil, "use": nil, "n": nil, "e": nil})
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNewDocumentRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		keys []PublicKey
		text string
	}{
		"private key":     {[]PublicKey{{rsaKey(), "RS256", "a"}}, "cannot be published"},
		"secret":          {[]PublicKey{{[]byte("s3cret"), "HS256", "a"}}, "cannot be published"},
		"nothing":         {[]PublicKey{{nil, "RS256", "a"}}, "cannot be published"},
		"HMAC":            {[]PublicKey{{&rsaKey().PublicKey, "HS256", "a"}}, `not for "HS256"`},
		"other curve":     {[]PublicKey{{ecKeys()[0], "ES384", "a"}}, `not for "ES384"`},
		"same kid":        {[]PublicKey{ec(0, "a"), ec(1, "a")}, `the key id "a"`},
		"no point":        {[]PublicKey{{&ecdsa.PublicKey{}, "ES256", "a"}}, "rendering a public key"},
		"cut Ed25519 key": {[]PublicKey{{ed25519.PublicKey("x"), "EdDSA", "a"}}, "rendering a public key"},
	} {
		_, err := NewDocument(test.keys...)
		if err == nil || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v, want %q in it", name, err, test.text)
		}
	}
}

func TestServeHTTP(t *testing.T) {
	d, err := NewDocument(ec(0, "a"))
	if err != nil {
		t.Fatal(err)
	}
	body := string(d.JSON())
	for name, test := range map[string]struct {
		method, ifNoneMatch string
		status              int
		body                string
	}{
		"GET":                    {"GET", "", 200, body},
		"HEAD":                   {"HEAD", "", 200, ""},
		"GET, known":             {"GET", d.etag, 304, ""},
		"GET, known among some":  {"GET", `"x", W/` + d.etag, 304, ""},
		"GET, known, HEAD":       {"HEAD", d.etag, 304, ""},
		"GET, any":               {"GET", "*", 304, ""},
		"GET, another one known": {"GET", `"x"`, 200, body},
		"POST":                   {"POST", "", 405, ""},
		"OPTIONS":                {"OPTIONS", "", 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(test.method, "/", nil)
			if test.ifNoneMatch != "" {
				r.Header.Set("If-None-Match", test.ifNoneMatch)
			}
			d.ServeHTTP(w, r)
			got := w.Result()
			content, err := io.ReadAll(got.Body)
			if err != nil || got.StatusCode != test.status || string(content) != test.body {
				t.Errorf("%d %q, want %d %q", got.StatusCode, content, test.status, test.body)
			}
			want := http.Header{}
			switch test.status {
			case 200:
				want.Set("Content-Type", "application/jwk-set+json")
				fallthrough
			case 304:
				want.Set("Cache-Control", "public, max-age=300")
				want.Set("Etag", d.etag)
			case 405:
				want.Set("Allow", "GET, HEAD")
			}
			have := http.Header{}
			for _, header := range []string{"Content-Type", "Cache-Control", "Etag", "Allow"} {
				if value := got.Header.Get(header); value != "" {
					have.Set(header, value)
				}
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Error(diff)
			}
		})
	}
}
