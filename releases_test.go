// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
)

// TestKeySetRedirects: the set at jwk_url is followed to another path of its host
// only where the backend's PyJWT follows. Otherwise Django knows no key, and the
// edge would accept what Django refuses.
func TestKeySetRedirects(t *testing.T) {
	setTestKeys(t)
	key := ecdsaKey(t, "TEST_P256")
	document, err := jwks.NewDocument(jwks.PublicKey{Key: key.PublicKey(), Algorithm: "ES256", KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/keys", document)
	mux.Handle("/", http.RedirectHandler("/keys", http.StatusFound))
	issuer := httptest.NewServer(mux)
	defer issuer.Close()
	name := uniqueName()
	config := func(url string, lines ...string) string {
		return siteWith(append(lines, "name "+name, "algorithm ES256", "signing_key {env.TEST_OTHER_P256}", "jwk_url "+url)...)
	}
	edge := startEdge(t, config(issuer.URL, "pyjwt_version 2.13"))
	for _, tc := range []struct {
		version, config string
		want            int
	}{
		{"2.13", config(issuer.URL, "pyjwt_version 2.13"), 200},
		{"2.14", config(issuer.URL, "pyjwt_version 2.14"), 503},
		{"2.14 with the right URL", config(issuer.URL+"/keys", "pyjwt_version 2.14"), 200},
	} {
		edge.Reload(tc.config)
		res, answer := edge.Do("POST", "/api/token/refresh", refreshBody(issueByKeySet(t, key, "k1")), "Content-Type", jsonType)
		if res.StatusCode != tc.want {
			t.Errorf("PyJWT %s: %d %s, want %d", tc.version, res.StatusCode, answer, tc.want)
		}
	}
	edge.WaitLog(func(e edgetest.Entry) bool {
		return strings.Contains(e.Text("error"), "name the URL that it redirects to")
	})
}

// TestRotationWithoutTheApp: who names the release whose rotation crashes without
// the blacklist app is told so, and nobody else is.
func TestRotationWithoutTheApp(t *testing.T) {
	t.Setenv("TEST_KEY", testKey)
	config := func(version string) string {
		return siteWith("simplejwt_version "+version, "signing_key {env.TEST_KEY}", "rotate_refresh_tokens")
	}
	warns := func(e edgetest.Entry) bool { return strings.Contains(e.Text("msg"), "each refresh that rotates") }
	edge := startEdge(t, config("5.4.0"))
	for _, version := range []string{"5.4.0", "5.5.1"} {
		edge.Reload(config(version))
		if strings.Contains(edge.LogText(), "each refresh that rotates") {
			t.Errorf("a warning with %s", version)
		}
	}
	edge.Reload(config("5.5.0"))
	if e := edge.WaitLog(warns); e.Text("level") != "warn" {
		t.Errorf("level %s, want warn", e.Text("level"))
	}
}
