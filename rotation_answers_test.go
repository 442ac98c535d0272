// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestVerifyAndBlacklist have SimpleJWT's answers about tokens that are spent,
// and look into the blacklist only where SimpleJWT does.
func TestVerifyAndBlacklist(t *testing.T) {
	const (
		unverified = `{"non_field_errors":["Token is blacklisted"]}`
		wrongType  = `{"detail":"Token has wrong type","code":"token_not_valid"}`
		noField    = `{"refresh":["This field is required."]}`
	)
	edge := startEdge(t, spending("reuse_grace 60s"))
	spent := newToken(t)
	first := ask(t, edge, "refresh", spent)
	live, access := first.refresh, first.access
	revoked := newToken(t)
	ask(t, edge, "blacklist", revoked)
	mistyped := newToken(t, "--claim", "token_type=access")
	for _, tt := range []struct {
		endpoint, token string
		want            reply
	}{
		{"verify", live, reply{status: 200, outcome: "verified", body: "{}"}},
		{"verify", access, reply{status: 200, outcome: "verified", body: "{}"}},
		{"verify", spent, reply{status: 400, outcome: "blacklisted", body: unverified}},
		{"verify", revoked, reply{status: 400, outcome: "blacklisted", body: unverified}},
		{"blacklist", mistyped, reply{status: 401, outcome: "wrong_type", body: wrongType}},
		{"blacklist", revoked, reply{status: 401, outcome: "blacklisted", body: blacklistedBody}},
		{"blacklist", live, reply{status: 200, outcome: "revoked", body: "{}"}},
		{"verify", live, reply{status: 400, outcome: "blacklisted", body: unverified}},
	} {
		if got := ask(t, edge, tt.endpoint, tt.token); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.endpoint, got, tt.want)
		}
	}
	for _, tt := range []struct {
		path, body, want string
		status           int
		challenge        string
	}{
		{"/api/token/verify", `{"token":"` + spent + `"}`, unverified, 400, ""},
		{"/api/token/blacklist", refreshBody(spent), blacklistedBody, 401, `Bearer realm="api"`},
		{"/api/token/blacklist/", `{}`, noField, 400, ""},
		{"/api/token//blacklist", refreshBody(live), `{"detail":"Not found."}`, 404, ""},
	} {
		res, body := edge.Do("POST", tt.path, tt.body, "Content-Type", jsonType)
		if res.StatusCode != tt.status || body != tt.want || res.Header.Get("WWW-Authenticate") != tt.challenge || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s %v, want %d %s", tt.path, res.StatusCode, body, res.Header, tt.status, tt.want)
		}
	}

	// Without blacklist_after_rotation verifying does not look; logging out works.
	edge.Reload(strings.Replace(spending(), "blacklist_after_rotation\n", "", 1))
	for _, token := range []string{spent, revoked} {
		if got := ask(t, edge, "verify", token); got.status != 200 {
			t.Errorf("verify, where it does not look: %+v", got)
		}
		refused(t, edge, token, "blacklisted")
	}
	again := newToken(t)
	if got := ask(t, edge, "blacklist", again); got.status != 200 || got.body != "{}" {
		t.Errorf("logout: %+v", got)
	}
	refused(t, edge, again, "blacklisted")
}

// TestWhereLogoutIs: the blacklist endpoint is there with a store of our own, and
// nowhere else unless somebody says so. One that is named brings a store.
func TestWhereLogoutIs(t *testing.T) {
	const key = "signing_key {env.DJANGO_SECRET_KEY}"
	edge := startEdge(t, siteWith(key))
	for name, tt := range map[string]struct {
		settings   []string
		path, want string
	}{
		"no store":        {[]string{key}, "/api/token/blacklist", "upstream"},
		"implied store":   {[]string{key, "rotate_refresh_tokens", "blacklist_after_rotation"}, "/api/token/blacklist", "{}"},
		"store":           {[]string{key, patientStore}, "/api/token/blacklist/", "{}"},
		"off":             {[]string{key, patientStore, "blacklist_path off"}, "/api/token/blacklist", "upstream"},
		"path, no store":  {[]string{key, "blacklist_path /logout"}, "/logout", "{}"},
		"other path":      {[]string{key, patientStore, "blacklist_path /logout"}, "/api/token/blacklist", "upstream"},
		"shares Django's": {[]string{key, django().line()}, "/api/token/blacklist", "upstream"},
	} {
		edge.Reload(siteWith(tt.settings...))
		if res, body := edge.Do("POST", tt.path, refreshBody(newToken(t)), "Content-Type", jsonType); body != tt.want {
			t.Errorf("%s: %d %s, want %s", name, res.StatusCode, body, tt.want)
		}
	}
}

// django is a shelf that says of itself what Django's tables would.
func django() *shelf {
	s := newShelf(nil)
	s.Is.SharesBackend = true
	return s
}

// TestStoreDown: a store that cannot answer is 503 at every endpoint, never 401
// and never a yes, and nothing reaches what is behind, not by handle_errors
// either.
func TestStoreDown(t *testing.T) {
	up, shelf := newUpstream(t), newShelf(nil)
	edge := startEdge(t, strings.NewReplacer("respond upstream", "reverse_proxy "+up.address+"\nhandle_errors {\nreverse_proxy "+up.address+"\n}").
		Replace(spending(shelf.line(), "reuse_grace 60s")))
	token := newToken(t)
	unavailable := reply{status: 503, outcome: "store_error", body: `{"detail":"The token cannot be judged right now. Try again."}`}
	shelf.Fail(errors.New("boom"))
	for _, endpoint := range []string{"refresh", "verify", "blacklist"} {
		if got := ask(t, edge, endpoint, token); got != unavailable {
			t.Errorf("%s: %+v, want %+v", endpoint, got, unavailable)
		}
	}
	res, _ := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType)
	if res.Header.Get("Retry-After") != "1" || res.Header.Get("WWW-Authenticate") != "" || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the headers are %v", res.Header)
	}
	// What needs no store is answered as ever.
	if got := ask(t, edge, "refresh", newToken(t, "--lifetime", "-1s")); got.status != 401 || got.outcome != "expired" {
		t.Errorf("an expired token: %+v", got)
	}
	shelf.Fail(nil)

	// A verdict that nobody knows is none.
	shelf.says.Store(&store.Answer{Verdict: store.Verdict(99)})
	if got := ask(t, edge, "refresh", token); got != unavailable {
		t.Errorf("an unknown verdict: %+v", got)
	}
	shelf.says.Store(nil)

	// The write landed and the answer got lost: asking again is a repeat.
	shelf.forgetful.Store(true)
	if got := ask(t, edge, "refresh", token); got != unavailable {
		t.Errorf("a lost answer: %+v", got)
	}
	shelf.forgetful.Store(false)
	if got := ask(t, edge, "refresh", token); got.status != 200 || got.outcome != "replayed" {
		t.Errorf("the retry: %+v", got)
	}
	if n := up.reached.Load(); n != 0 {
		t.Errorf("the upstream was reached %d times", n)
	}
}

// TestFileInOtherHands: a file that another process holds does not fail the
// load; requests get 503 until it is free, without a reload.
func TestFileInOtherHands(t *testing.T) {
	path, release := heldFile(t, filepath.Join(t.TempDir(), "held.db"))
	edge := startEdge(t, spending("store file "+path+" {\ntimeout 100ms\n}"))
	token := newToken(t)
	if got := ask(t, edge, "refresh", token); got.status != 503 || got.outcome != "store_error" {
		t.Errorf("while it is held: %+v", got)
	}
	release()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := ask(t, edge, "refresh", token)
		if got.status == 200 {
			break
		}
		if got.status != 503 && got.outcome != "reused" || time.Now().After(deadline) {
			t.Fatalf("once it is free: %+v", got)
		}
		token = newToken(t) // an answer that came too late may have spent the last one
	}
}

// TestEarlyData: a request that anyone could replay does not spend a token
// (RFC 8470). Where nothing is spent it is answered.
func TestEarlyData(t *testing.T) {
	edge := startEdge(t, spending())
	token := newToken(t)
	for header, want := range map[string]int{"1": http.StatusTooEarly, "0": 400} {
		res, body := edge.Do("POST", "/api/token/refresh", `{"refresh":"`+token+`"`, "Content-Type", jsonType, "Early-Data", header)
		if res.StatusCode != want || want == http.StatusTooEarly && body != `{"detail":"Try again."}` {
			t.Errorf("Early-Data %s: %d %s, want %d", header, res.StatusCode, body, want)
		}
	}
	res, _ := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType, "Early-Data", "1")
	if res.StatusCode != http.StatusTooEarly {
		t.Errorf("status %d, want 425", res.StatusCode)
	}
	if got := ask(t, edge, "refresh", token); got.status != 200 {
		t.Errorf("the token was spent by early data: %+v", got)
	}

	stateless := provisioned(t, &Handler{RotateRefreshTokens: true})
	spends := provisioned(t, &Handler{
		RotateRefreshTokens: true, BlacklistAfterRotation: true, VerifyPath: []string{"/api/token/verify"}, Name: "early",
		StoreRaw: jsonOf(t, map[string]any{"type": "test", "number": newShelf(nil).number}),
	})
	stays := provisioned(t, &Handler{
		BlacklistAfterRotation: true, Name: "stays", StoreRaw: jsonOf(t, map[string]any{"type": "test", "number": newShelf(nil).number}),
	})
	for _, tt := range []struct {
		name   string
		h      *Handler
		path   string
		state  *tls.ConnectionState
		status int
	}{
		{"before the handshake", spends, "/api/token/refresh", &tls.ConnectionState{}, http.StatusTooEarly},
		{"after it", spends, "/api/token/refresh", &tls.ConnectionState{HandshakeComplete: true}, 400},
		{"plain", spends, "/api/token/refresh", nil, 400},
		{"verify", spends, "/api/token/verify", &tls.ConnectionState{}, 400},
		{"nothing is spent", stateless, "/api/token/refresh", &tls.ConnectionState{}, 400},
		{"nothing rotates", stays, "/api/token/refresh", &tls.ConnectionState{}, 400},
	} {
		r := httptest.NewRequest(http.MethodPost, tt.path, strings.NewReader("{}"))
		r.Header.Set("Content-Type", jsonType)
		r.TLS = tt.state
		w := httptest.NewRecorder()
		next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errors.New("passed on") })
		if err := tt.h.ServeHTTP(w, r, next); err != nil || w.Code != tt.status {
			t.Errorf("%s: %d, %v; want %d", tt.name, w.Code, err, tt.status)
		}
	}
}

func jsonOf(t *testing.T, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
