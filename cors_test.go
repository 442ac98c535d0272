// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// corsHeaders returns the headers of an answer that browsers read for CORS.
func corsHeaders(res *http.Response) http.Header {
	got := http.Header{}
	for name, values := range res.Header {
		if strings.HasPrefix(name, "Access-Control-") || name == "Vary" {
			got[name] = values
		}
	}
	return got
}

// TestPreflight: the edge answers for its own endpoints and for logins, to pages of
// trusted origins. Anything else is the backend's business.
func TestPreflight(t *testing.T) {
	backend := newLoginBackend(t)
	backend.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "backend") })
	site := behindLogin(backend, "trusted_origins https://app.example.com", memoryBlock)
	edge := startEdge(t, strings.Replace(site, "token_refresh {", "@rewritten query rewrite=\nrewrite @rewritten /index.html\ntoken_refresh {", 1))
	const page = "https://app.example.com"
	for name, tt := range map[string]struct {
		method, path, origin, asked string
		answered                    bool
	}{
		"refresh":                      {"OPTIONS", "/api/token/refresh", page, "POST", true},
		"refresh, with a slash":        {"OPTIONS", "/api/token/refresh/", page, "POST", true},
		"verify":                       {"OPTIONS", "/api/token/verify", page, "POST", true},
		"logout":                       {"OPTIONS", "/api/token/blacklist/", page, "POST", true},
		"login":                        {"OPTIONS", "/api/token", page, "POST", true},
		"another path":                 {"OPTIONS", "/api/items", page, "POST", false},
		"an odd spelling":              {"OPTIONS", "/api//token", page, "POST", false},
		"another method at that path":  {"OPTIONS", "/api/token", page, "DELETE", false},
		"no preflight":                 {"OPTIONS", "/api/token", page, "", false},
		"an origin that is not named":  {"OPTIONS", "/api/token", "https://blog.example.com", "POST", false},
		"the scheme decides too":       {"OPTIONS", "/api/token", "http://app.example.com", "POST", false},
		"no origin":                    {"OPTIONS", "/api/token", "", "POST", false},
		"another method with a header": {"GET", "/api/token", page, "POST", false},
		"rewritten on its way":         {"OPTIONS", "/api/token/refresh?rewrite", page, "POST", true},
	} {
		headers := []string{"Access-Control-Request-Headers", "content-type,x-requested-with"}
		if tt.origin != "" {
			headers = append(headers, "Origin", tt.origin)
		}
		if tt.asked != "" {
			headers = append(headers, "Access-Control-Request-Method", tt.asked)
		}
		res, body := edge.Do(tt.method, tt.path, "", headers...)
		want, status, text := http.Header{}, 200, "backend"
		if tt.answered {
			status, text = 204, ""
			want = http.Header{
				"Access-Control-Allow-Origin":      {page},
				"Access-Control-Allow-Credentials": {"true"},
				"Access-Control-Allow-Methods":     {"POST"},
				"Access-Control-Allow-Headers":     {"content-type,x-requested-with"},
				"Access-Control-Max-Age":           {"7200"},
				"Vary":                             {"Origin"},
			}
		}
		if diff := cmp.Diff(want, corsHeaders(res)); diff != "" || res.StatusCode != status || body != text {
			t.Errorf("%s: %d %q, -want +got\n%s", name, res.StatusCode, body, diff)
		}
	}
}

// TestCORSOnAnswers: pages of trusted origins can read each answer of the edge, also the
// one that asks them to try again, and nobody else can. What is there stays.
func TestCORSOnAnswers(t *testing.T) {
	backend := newLoginBackend(t)
	backend.answers(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Django-Cors") != "" {
			w.Header().Set("Access-Control-Allow-Origin", "https://app.example.com")
			w.Header().Set("Access-Control-Expose-Headers", "X-Backend")
			w.Header().Set("Vary", "origin")
		}
		inJSON(200, `{"refresh":"`+newToken(t)+`"}`)(w, r)
	})
	shelf := newShelf(nil)
	site := behindLogin(backend, "trusted_origins https://app.example.com http://localhost:5173", shelf.line(), memoryBlock)
	edge := startEdge(t, site)
	const page = "http://localhost:5173"
	readable := func(vary ...string) http.Header {
		return http.Header{
			"Access-Control-Allow-Origin":      {page},
			"Access-Control-Allow-Credentials": {"true"},
			"Access-Control-Expose-Headers":    {"Retry-After"},
			"Vary":                             vary,
		}
	}
	check := func(name, path, body, origin string, status int, want http.Header, headers ...string) {
		t.Helper()
		res, text := edge.Do("POST", path, body, append([]string{"Content-Type", jsonType, "Origin", origin, "Sec-Fetch-Site", "same-site"}, headers...)...)
		if diff := cmp.Diff(want, corsHeaders(res)); diff != "" || res.StatusCode != status {
			t.Errorf("%s: %d %s, -want +got\n%s", name, res.StatusCode, text, diff)
		}
	}
	check("refresh", refreshPath, refreshBody(newToken(t)), page, 200, readable("Accept", "Origin"))
	check("a refusal", refreshPath, refreshBody("x"), page, 401, readable("Accept", "Origin"))
	check("verify", "/api/token/verify", "{}", page, 400, readable("Accept", "Origin"))
	check("an odd target", "/api//token/refresh", "{}", page, 404, readable("Accept", "Origin"))
	check("a login", loginPath, "{}", page, 200, readable("Origin"))
	check("a login with CORS of the backend", loginPath, "{}", "https://app.example.com", 200, http.Header{
		"Access-Control-Allow-Origin": {"https://app.example.com"}, "Access-Control-Expose-Headers": {"X-Backend"}, "Vary": {"origin"},
	}, "X-Django-Cors", "1")
	check("a stranger", refreshPath, refreshBody(newToken(t)), "https://evil.example", 200, http.Header{"Vary": {"Accept"}})
	check("a stranger's cookie", refreshPath, "", "https://evil.example", 403, http.Header{"Vary": {"Accept"}}, "Cookie", "r=x")
	check("another path", "/api/items", "{}", page, 200, http.Header{})

	edge.Reload(strings.Replace(site, "token_refresh {", "header Access-Control-Allow-Origin https://own.example\ntoken_refresh {", 1))
	check("a header rule", refreshPath, refreshBody(newToken(t)), page, 200, http.Header{"Access-Control-Allow-Origin": {"https://own.example"}, "Vary": {"Accept"}})

	edge.Reload(strings.Replace(site, backend.address, "127.0.0.1:"+edge.Value("portnobody"), 1))
	check("an error of the backend", loginPath, "{}", page, 502, readable("Origin"))

	shelf.forgetful.Store(true)
	edge.Reload(site)
	check("try again", refreshPath, refreshBody(newToken(t)), page, 503, readable("Accept", "Origin"))
}
