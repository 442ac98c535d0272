// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// siteWith is an edge with these lines.
func siteWith(lines ...string) string {
	return "http://127.0.0.1:{{port}} {\ntoken_refresh {\n" + strings.Join(lines, "\n") + "\n}\nrespond upstream\n}\n"
}

// mintFor mints a refresh token with a key from the environment.
func mintFor(t *testing.T, algorithm, variable string) string {
	t.Helper()
	token, err := mint(t, "", "--algorithm", algorithm, "--signing-key", os.Getenv(variable), "--claim", "user_id=1")
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// accessOf returns the access token of an answer, or "".
func accessOf(answer string) string {
	var pair struct{ Access string }
	_ = json.Unmarshal([]byte(answer), &pair)
	return pair.Access
}

// TestRollOver reloads three times under constant load, with the old key, with
// both and with the new one, from HS256 to ES256: clients that log in before, during and after are never refused.
func TestRollOver(t *testing.T) {
	setTestKeys(t)
	t.Setenv("TEST_KEY", testKey)
	configs := []string{
		siteWith("signing_key {env.TEST_KEY}"),
		siteWith("algorithm ES256", "signing_key {env.TEST_P256}", "previous_key {env.TEST_KEY} HS256"),
		siteWith("algorithm ES256", "signing_key {env.TEST_P256}"),
	}
	edge := startEdge(t, configs[0])
	before, after := refreshBody(mintFor(t, "HS256", "TEST_KEY")), refreshBody(mintFor(t, "ES256", "TEST_P256"))

	// body is what a client holds: the old token until new ones are given out
	// and the old ones have died.
	var body atomic.Pointer[string]
	body.Store(&before)
	var refreshed [4]atomic.Int64 // by client
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for i := range refreshed {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if status, answer := refreshPatiently(t, edge, *body.Load()); status != 200 {
					t.Errorf("%d %s", status, answer)
					return
				}
				refreshed[i].Add(1)
			}
		})
	}
	// awaitMore waits until each client has got answers to requests that it began after
	// the call: the first answer may be to one that was under way.
	awaitMore := func() {
		t.Helper()
		deadline := time.Now().Add(30 * time.Second)
		for i := range refreshed {
			for from := refreshed[i].Load(); refreshed[i].Load() < from+10; time.Sleep(time.Millisecond) {
				if t.Failed() || time.Now().After(deadline) {
					t.Fatal("the clients got stuck")
				}
			}
		}
	}
	awaitMore()
	edge.Reload(configs[0])
	awaitMore()
	edge.Reload(configs[1])
	awaitMore()
	_, answer := refreshPatiently(t, edge, before)
	if header, _, _ := strings.Cut(accessOf(answer), "."); header != "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9" {
		t.Errorf("an old refresh token gets %s, want an access token of the new key", answer)
	}
	body.Store(&after)
	awaitMore() // so that no request with the old token is under way
	edge.Reload(configs[2])
	awaitMore()
	close(stop)
	clients.Wait()
	if status, answer := refreshPatiently(t, edge, before); status != 401 {
		t.Errorf("a token of a key that is gone: %d %s", status, answer)
	}
}

// TestPreviousKeyIsPinned: a previous key verifies by its own algorithm alone, and
// never signs.
func TestPreviousKeyIsPinned(t *testing.T) {
	setTestKeys(t)
	t.Setenv("TEST_KEY", testKey)
	edge := startEdge(t, siteWith("algorithm ES256", "signing_key {env.TEST_P256}", "previous_key {env.TEST_OTHER_P256}", "previous_key {env.TEST_KEY} HS256"))
	publicAsSecret, err := mint(t, "", "--signing-key", strings.ReplaceAll(os.Getenv("TEST_P256_PUBLIC"), "-----", "====="))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		token  string
		status int
	}{
		"signing key":    {mintFor(t, "ES256", "TEST_P256"), 200},
		"previous key":   {mintFor(t, "ES256", "TEST_OTHER_P256"), 200},
		"old secret":     {mintFor(t, "HS256", "TEST_KEY"), 200},
		"old secret 384": {mintFor(t, "HS384", "TEST_KEY"), 401},
		"unknown key":    {mintFor(t, "ES384", "TEST_P384"), 401},
		"public key":     {publicAsSecret, 401},
	} {
		res, body := edge.Do("POST", "/api/token/refresh", refreshBody(tt.token), "Content-Type", jsonType)
		if res.StatusCode != tt.status {
			t.Errorf("%s: %d %s, want %d", name, res.StatusCode, body, tt.status)
		}
	}
}

// TestFileKeyAfterReload: Edge.Reload is `caddy reload --force`, which reads a
// {file.} again. Without force Caddy sees no change and keeps the old key.
func TestFileKeyAfterReload(t *testing.T) {
	setTestKeys(t)
	file := filepath.Join(t.TempDir(), "key.pem")
	write := func(variable string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(os.Getenv(variable)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("TEST_P256")
	config := siteWith("algorithm ES256", "signing_key {file."+file+"}")
	edge := startEdge(t, config)
	status := func(variable string) int {
		res, _ := edge.Do("POST", "/api/token/refresh", refreshBody(mintFor(t, "ES256", variable)), "Content-Type", jsonType)
		return res.StatusCode
	}
	write("TEST_OTHER_P256")
	loaded := edge.Admin("GET", "/config/", "")
	edge.Admin("POST", "/load", loaded) // a reload without force
	if status("TEST_P256") != 200 || status("TEST_OTHER_P256") != 401 {
		t.Error("a plain reload of the same configuration read the file again: tell so in docs/keys.md")
	}
	edge.Reload(config)
	if status("TEST_P256") != 401 || status("TEST_OTHER_P256") != 200 {
		t.Error("a forced reload keeps the old key")
	}
}

// TestPublishedKeys reads what jwks_path publishes, and verifies with it.
func TestPublishedKeys(t *testing.T) {
	setTestKeys(t)
	t.Setenv("TEST_KEY", testKey)
	edge := startEdge(t, siteWith("algorithm ES256", "signing_key {env.TEST_P256}", "key_id new",
		"previous_key {env.TEST_RSA} RS256", "previous_key {env.TEST_KEY} HS256", "jwks_path /.well-known/jwks.json"))
	res, body := edge.Do("GET", "/.well-known/jwks.json", "")
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(body), &set); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if len(set.Keys) != 2 || set.Keys[0]["kid"] != "new" && set.Keys[1]["kid"] != "new" {
		t.Errorf("the set is %s", body)
	}
	for _, key := range set.Keys {
		for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k", "oth"} {
			if key[private] != nil {
				t.Errorf("%v has %s", key["kid"], private)
			}
		}
	}
	if res.Header.Get("Etag") == "" || res.Header.Get("Cache-Control") == "" || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/jwk-set+json") {
		t.Errorf("the headers are %v", res.Header)
	}
	if again, _ := edge.Do("GET", "/.well-known/jwks.json/", "", "If-None-Match", res.Header.Get("Etag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("status %d for an unchanged set", again.StatusCode)
	}
	if head, body := edge.Do("HEAD", "/.well-known/jwks.json", ""); head.StatusCode != 200 || body != "" {
		t.Errorf("HEAD: %d %q", head.StatusCode, body)
	}
	if _, body := edge.Do("POST", "/.well-known/jwks.json", ""); body != "upstream" {
		t.Errorf("POST gets %q", body)
	}
	_, answer := edge.Do("POST", "/api/token/refresh", refreshBody(mintFor(t, "RS256", "TEST_RSA")), "Content-Type", jsonType)
	remote, err := jwks.New(jwks.Config[*simplejwt.Key]{URL: edge.URL + "/.well-known/jwks.json", Algorithm: "ES256", NewKey: simplejwt.NewVerifyingKeyFrom})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(remote.Close)
	key, err := remote.Key(t.Context(), "new")
	if err != nil {
		t.Fatal(err)
	}
	if err := verifyWith(t, key, accessOf(answer)); err != nil {
		t.Errorf("the published key does not verify %s: %v", answer, err)
	}
}

// verifyWith verifies token with a key of the set.
func verifyWith(t *testing.T, key *simplejwt.Key, token string) error {
	t.Helper()
	signingKey, err := simplejwt.NewKey("ES256", []byte(os.Getenv("TEST_OTHER_P256")), false)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.5"), SigningKey: signingKey, PreviousKeys: []*simplejwt.Key{key},
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		t.Fatal(err)
	}
	return backend.Verify(t.Context(), new(simplejwt.Scratch), []byte(token), time.Now())
}
