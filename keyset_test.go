// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// ecdsaKey is the ES256 key of an environment variable that setTestKeys sets.
func ecdsaKey(t *testing.T, variable string) *simplejwt.Key {
	t.Helper()
	key, err := simplejwt.NewKey("ES256", []byte(os.Getenv(variable)), false)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issueByKeySet makes a refresh token of the issuer whose set has key as kid.
func issueByKeySet(t *testing.T, key *simplejwt.Key, kid string) string {
	t.Helper()
	backend, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.5"), SigningKey: key, KeyID: kid, RefreshTokenLifetime: time.Hour,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := backend.NewRefreshToken([]simplejwt.Claim{{Name: "user_id", Value: []byte("1")}}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestKeySetCredentials: placeholders in jwk_url are resolved for the host of the
// set alone. The configuration keeps them, and what they stand for is in no log,
// no answer of the admin API and no metric.
func TestKeySetCredentials(t *testing.T) {
	setTestKeys(t)
	const secret = "a-pass-word-of-the-issuer"
	t.Setenv("TEST_JWKS_PASSWORD", secret)
	t.Setenv("TEST_JWKS_PATH", "hidden-"+secret)
	var asked atomic.Int64
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user == "edge" && password == secret && r.URL.Path == "/hidden-"+secret && r.FormValue("token") == secret {
			asked.Add(1)
		}
		http.Error(w, r.URL.String(), http.StatusBadGateway)
	}))
	defer issuer.Close()
	name := uniqueName()
	edge := startEdge(t, siteWith("algorithm ES256", "signing_key {env.TEST_P256}", "name "+name, "jwk_url "+
		strings.Replace(issuer.URL, "http://", "http://edge:{env.TEST_JWKS_PASSWORD}@", 1)+"/{env.TEST_JWKS_PATH}?token={env.TEST_JWKS_PASSWORD}"))
	token := issueByKeySet(t, ecdsaKey(t, "TEST_OTHER_P256"), "k1")
	res, answer := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType)
	if res.StatusCode != 503 || asked.Load() != 1 {
		t.Errorf("%d %s, asked %d times; want 503 after one question with the credentials", res.StatusCode, answer, asked.Load())
	}
	edge.WaitLog(func(e edgetest.Entry) bool { return strings.HasPrefix(e.Text("msg"), "could not fetch the JWK set") })
	config := edge.Admin("GET", "/config/", "")
	if !strings.Contains(config, "{env.TEST_JWKS_PASSWORD}") {
		t.Errorf("the configuration lost the placeholder: %s", config)
	}
	for where, text := range map[string]string{
		"the log": edge.LogText(), "the configuration": config, "the metrics": edge.Metrics(), "the answer": answer,
		"the status": edge.Admin("GET", "/token_refresh/status", ""),
	} {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows what a placeholder stands for", where)
		}
	}
}

// TestKeySetByURL: keys at jwk_url verify by kid; while it is not known whether
// there is such a key, the answer is 503, and a reload forgets nothing.
func TestKeySetByURL(t *testing.T) {
	setTestKeys(t)
	issuerKey := ecdsaKey(t, "TEST_P256")
	document, err := jwks.NewDocument(jwks.PublicKey{Key: issuerKey.PublicKey(), Algorithm: "ES256", KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	var down atomic.Bool
	down.Store(true)
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		document.ServeHTTP(w, r)
	}))
	defer issuer.Close()
	config := func(name string) string {
		return siteWith("algorithm ES256", "signing_key {env.TEST_OTHER_P256}", "jwk_url "+issuer.URL, "name "+name)
	}
	whileDown, whileUp := uniqueName(), uniqueName()
	edge := startEdge(t, config(whileDown))
	refresh := func(kid string) *http.Response {
		t.Helper()
		res, _ := edge.Do("POST", "/api/token/refresh", refreshBody(issueByKeySet(t, issuerKey, kid)), "Content-Type", jsonType)
		return res
	}
	for _, result := range jwks.Results { // Prometheus sees no increase in a series that begins at 1
		if got := counter(edge.Metrics(), `caddy_token_refresh_jwks_fetches_total{name="`+whileDown+`",result="`+string(result)+`"}`); got != "0" {
			t.Errorf("before the first fetch %s is counted %q times, want 0", result, got)
		}
	}
	if res := refresh("k1"); res.StatusCode != 503 || res.Header.Get("Retry-After") != "1" {
		t.Errorf("while the URL is down: %d %v, want 503 with Retry-After", res.StatusCode, res.Header)
	}
	if res := refresh(""); res.StatusCode != 401 {
		t.Errorf("without a kid: %d, want 401 whether or not the URL is up", res.StatusCode)
	}
	// Under another name the set is another one, without a cooldown to wait for.
	down.Store(false)
	edge.Reload(config(whileUp))
	if res := refresh("k1"); res.StatusCode != 200 {
		t.Errorf("a known kid: %d, want 200", res.StatusCode)
	}
	if res := refresh("k2"); res.StatusCode != 401 {
		t.Errorf("an unknown kid: %d, want 401", res.StatusCode)
	}
	down.Store(true)
	edge.Reload(config(whileUp))
	if res := refresh("k1"); res.StatusCode != 200 {
		t.Errorf("a known kid, after a reload while the URL is down: %d, want 200", res.StatusCode)
	}
	metrics := edge.Metrics()
	for series, want := range map[string]string{
		`caddy_token_refresh_jwks_fetches_total{name="` + whileDown + `",result="bad_answer"}`: "1",
		`caddy_token_refresh_jwks_fetches_total{name="` + whileUp + `",result="updated"}`:      "1",
	} {
		if got := counter(metrics, series); got != want {
			t.Errorf("%s is %q, want %q", series, got, want)
		}
	}
	if counter(metrics, `caddy_token_refresh_jwks_age_seconds{name="`+whileUp+`"}`) == "" {
		t.Error("no metric tells the age of the set")
	}
}
