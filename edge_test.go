// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

const jsonType = "application/json"

// newToken mints a refresh token of testKey.
func newToken(t *testing.T, flags ...string) string {
	t.Helper()
	token, err := mint(t, "", append([]string{"--signing-key", testKey, "--claim", "user_id=1"}, flags...)...)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func refreshBody(token string) string { return `{"refresh":"` + token + `"}` }

func startEdge(t *testing.T, caddyfile string) *edgetest.Edge {
	t.Helper()
	t.Setenv("DJANGO_SECRET_KEY", testKey)
	return edgetest.Start(t, caddyfile)
}

// TestShortestConfig has the answers that the README promises.
func TestShortestConfig(t *testing.T) {
	edge := startEdge(t, `
		http://127.0.0.1:{{port}} {
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
			}
			respond "upstream"
		}
	`)
	for name, tt := range map[string]struct {
		body, want string
		status     int
	}{
		"no field":  {`{}`, `{"refresh":["This field is required."]}`, 400},
		"bad token": {refreshBody("x"), `{"detail":"Token is invalid or expired","code":"token_not_valid"}`, 401},
		"expired":   {refreshBody(newToken(t, "--lifetime", "-1s")), `{"detail":"Token is invalid or expired","code":"token_not_valid"}`, 401},
		"wrong type": {
			refreshBody(newToken(t, "--claim", "token_type=access")),
			`{"detail":"Token has wrong type","code":"token_not_valid"}`, 401,
		},
	} {
		res, body := edge.Do("POST", "/api/token/refresh/", tt.body, "Content-Type", jsonType)
		if res.StatusCode != tt.status || body != tt.want {
			t.Errorf("%s: %d %s, want %d %s", name, res.StatusCode, body, tt.status, tt.want)
		}
		want := http.Header{
			"Content-Type": {jsonType}, "Allow": {"POST, OPTIONS"}, "Vary": {"Accept"}, "Cache-Control": {"no-store"},
		}
		if tt.status == 401 {
			want["Www-Authenticate"] = []string{`Bearer realm="api"`}
		}
		for _, caddys := range []string{"Date", "Server", "Content-Length"} {
			res.Header.Del(caddys)
		}
		if diff := cmp.Diff(want, res.Header); diff != "" {
			t.Errorf("%s: headers -want +got:\n%s", name, diff)
		}
	}
	token := newToken(t, "--claim", "role=admin")
	for _, path := range []string{"/api/token/refresh", "/api/token/refresh/", "/api/token/%72efresh", "/api%2Ftoken/refresh"} {
		res, body := edge.Do("POST", path, refreshBody(token), "Content-Type", jsonType)
		var pair map[string]string
		if err := json.Unmarshal([]byte(body), &pair); err != nil || res.StatusCode != 200 || len(pair) != 1 {
			t.Fatalf("%s: %d %s", path, res.StatusCode, body)
		}
		access := payloadOf(t, pair["access"])
		if access["role"] != "admin" || access["token_type"] != "access" {
			t.Errorf("%s: the access token holds %v", path, access)
		}
	}
	if res, body := edge.Do("POST", "/api/token/verify/", refreshBody(token), "Content-Type", jsonType); body != "upstream" {
		t.Errorf("verify is off by default: %d %s", res.StatusCode, body)
	}
}

// TestOrder: directives that would swallow the endpoint come after it, those
// that guard it before.
func TestOrder(t *testing.T) {
	edge := startEdge(t, `
		http://127.0.0.1:{{port}} {
			handle /api/* {
				respond "swallowed"
			}
			route /api/* {
				respond "swallowed"
			}
			try_files {path} /index.html
			redir /old/* /new permanent
			rewrite /renamed /api/token/refresh
			request_body {
				max_size 2KiB
			}
			basic_auth /guarded {
				user $2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG
			}
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				refresh_path /api/token/refresh /guarded
			}
			handle_errors {
				respond "styled {err.status_code}"
			}
		}
	`)
	token := refreshBody(newToken(t))
	for _, tt := range []struct {
		path, body string
		status     int
		want       string
	}{
		{"/api/token/refresh", token, 200, `{"access":`},
		{"/renamed", token, 200, `{"access":`},
		{"/api/other", token, 200, "swallowed"},
		{"/old/x", token, 301, ""},
		{"/guarded", token, 401, "styled 401"},
		{"/api/token/refresh", strings.Repeat(" ", 4096), 413, "styled 413"},
	} {
		res, body := edge.Do("POST", tt.path, tt.body, "Content-Type", jsonType)
		if res.StatusCode != tt.status || !strings.HasPrefix(body, tt.want) {
			t.Errorf("%s: %d %q, want %d %q", tt.path, res.StatusCode, body, tt.status, tt.want)
		}
	}
}

// TestRewrittenAway: a POST to an endpoint is answered although another handler
// of the site rewrote its path, as try_files does with what is no file. It went
// to the backend's index.html, with its token.
func TestRewrittenAway(t *testing.T) {
	up := newUpstream(t)
	edge := startEdge(t, `
		http://127.0.0.1:{{port}} {
			try_files {path} /index.html
			@hidden header X-Hide 1
			@shown not header X-Hide 1
			rewrite @hidden /hidden
			token_refresh @shown {
				signing_key {env.DJANGO_SECRET_KEY}
			}
			reverse_proxy `+up.address+`
		}
	`)
	token := refreshBody(newToken(t))
	for _, tt := range []struct {
		path, hide string
		status     int
		reached    int64
	}{
		{"/api/token/refresh", "", 200, 0},
		{"/api/token/refresh/", "", 200, 0},
		{"/api/token/%72efresh/", "", 200, 0},
		{"/api/token//refresh/", "", 404, 0},
		{"/other", "", 200, 1},
		// What the README says of a rewrite that is meant: another matcher.
		{"/api/token/refresh", "1", 200, 1},
	} {
		res, body := edge.Do("POST", tt.path, token, "Content-Type", jsonType, "X-Hide", tt.hide)
		if n := up.reached.Swap(0); n != tt.reached || res.StatusCode != tt.status {
			t.Errorf("%s: %d %s, want %d; reached the upstream %d times, want %d", tt.path, res.StatusCode, body, tt.status, n, tt.reached)
		}
	}
}

// TestMatcherThatCovers: a path matcher that lets every endpoint through does
// not keep odd targets from being judged.
func TestMatcherThatCovers(t *testing.T) {
	up := newUpstream(t)
	edge := startEdge(t, `
		http://127.0.0.1:{{port}} {
			@api {
				method POST
				path /api/*
			}
			token_refresh @api {
				signing_key {env.DJANGO_SECRET_KEY}
			}
			reverse_proxy `+up.address+`
		}
	`)
	address := strings.TrimPrefix(edge.URL, "http://")
	for target, want := range map[string]int{
		"post /api/token/refresh":               200,
		"POST x:%2fapi/token/refresh/":          404,
		"POST /x/..;/api/token/refresh":         404,
		"POST //host/api/token/refresh":         404,
		"POST /zz%252f..%252fapi/token/refresh": 404,
	} {
		body := refreshBody(newToken(t))
		status, answer := raw(t, address, fmt.Sprintf("%s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			target, address, len(body), body))
		if n := up.reached.Swap(0); n != 0 || status != want {
			t.Errorf("%s: %d %s, want %d; the upstream was reached %d times", target, status, answer, want, n)
		}
	}
}

// startReadmeCORS starts an edge with the recipe of the README, in front of an upstream
// and with the lines more in token_refresh.
func startReadmeCORS(t *testing.T, upstream, lines string) *edgetest.Edge {
	t.Helper()
	_, recipe, _ := strings.Cut(readFile(t, "README.md"), "## CORS")
	_, recipe, _ = strings.Cut(recipe, "```caddyfile\n")
	recipe, _, _ = strings.Cut(recipe, "```")
	return startEdge(t, strings.NewReplacer("api.example.com {", "http://127.0.0.1:{{port}} {", "django:8000", upstream,
		"token_refresh {", "token_refresh {\n"+lines).Replace(recipe))
}

// TestReadmeCORS runs the recipe of the README: pages of the known origin can ask
// beforehand and read the answer, and each answer of the edge has the other headers.
func TestReadmeCORS(t *testing.T) {
	edge := startReadmeCORS(t, newUpstream(t).address, "")

	const known, evil = "https://app.example.com", "https://evil.example"
	for _, tt := range []struct {
		method, origin, asks string
		allowed              string
		vary                 []string
		framed               string
		upstream             bool
	}{
		{"POST", known, "", known, []string{"Accept", "Origin"}, "DENY", false},
		{"POST", evil, "", "", []string{"Accept"}, "DENY", false},
		{"OPTIONS", known, "POST", known, []string{"Origin"}, "DENY", false},
		{"OPTIONS", evil, "POST", "", nil, "", true},
		{"OPTIONS", known, "", "", nil, "", true},
	} {
		headers := []string{"Content-Type", jsonType, "Origin", tt.origin}
		if tt.asks != "" {
			headers = append(headers, "Access-Control-Request-Method", tt.asks)
		}
		res, body := edge.Do(tt.method, "/api/token/refresh/", refreshBody(newToken(t)), headers...)
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != tt.allowed {
			t.Errorf("%s from %s: allowed is %q, want %q", tt.method, tt.origin, got, tt.allowed)
		}
		if diff := cmp.Diff(tt.vary, res.Header["Vary"]); !tt.upstream && diff != "" {
			t.Errorf("%s from %s: Vary -want +got:\n%s", tt.method, tt.origin, diff)
		}
		if got := res.Header.Get("X-Frame-Options"); got != tt.framed {
			t.Errorf("%s from %s: X-Frame-Options is %q, want %q", tt.method, tt.origin, got, tt.framed)
		}
		if reached := strings.Contains(body, "upstream"); reached != tt.upstream {
			t.Errorf("%s from %s: %d %s", tt.method, tt.origin, res.StatusCode, body)
		}
	}
}

// TestReadmeCORSOfTheBackend: during a rollout the backend answers, with
// django-cors-headers. A browser takes no answer that has one of these headers twice.
func TestReadmeCORSOfTheBackend(t *testing.T) {
	const known = "https://app.example.com"
	django := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Access-Control-Allow-Origin", known)
		w.Header().Set("X-Frame-Options", "DENY")
	}))
	defer django.Close()
	edge := startReadmeCORS(t, django.Listener.Addr().String(), "rollout 0%")
	res, _ := edge.Do("POST", "/api/token/refresh/", refreshBody(newToken(t)), "Content-Type", jsonType, "Origin", known)
	for _, name := range []string{"Access-Control-Allow-Origin", "X-Frame-Options"} {
		if got := res.Header[name]; len(got) != 1 {
			t.Errorf("the backend's answer has %s %q, want one", name, got)
		}
	}
}

// TestRotation gives a refresh token with each answer, which is good for the
// next one.
func TestRotation(t *testing.T) {
	edge := startEdge(t, `
		http://127.0.0.1:{{port}} {
			token_refresh {
				simplejwt_version 5.5
				signing_key {env.DJANGO_SECRET_KEY}
				rotate_refresh_tokens
				verify_path /api/token/verify
			}
		}
	`)
	token := newToken(t, "--claim", "big=12345678901234567890", "--lifetime", "1h")
	seen := map[any]bool{payloadOf(t, token)["jti"]: true}
	for range 3 {
		_, body := edge.Do("POST", "/api/token/refresh/", refreshBody(token), "Content-Type", jsonType)
		var pair struct{ Access, Refresh string }
		if err := json.Unmarshal([]byte(body), &pair); err != nil {
			t.Fatal(err)
		}
		payload := payloadOf(t, pair.Refresh)
		if seen[payload["jti"]] {
			t.Errorf("the jti %v comes twice", payload["jti"])
		}
		seen[payload["jti"]] = true
		if left := payload["exp"].(float64) - float64(time.Now().Unix()); left < 86390 || left > 86400 {
			t.Errorf("the new token lives %v s, want a day", left)
		}
		for _, token := range []string{pair.Access, pair.Refresh} {
			if res, body := edge.Do("POST", "/api/token/verify", `{"token":"`+token+`"}`, "Content-Type", jsonType); res.StatusCode != 200 || body != "{}" {
				t.Errorf("verify says %d %s", res.StatusCode, body)
			}
		}
		token = pair.Refresh
	}
}
