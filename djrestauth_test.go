// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const djRefreshPath = "/dj-rest-auth/token/refresh/"

// TestDJRestAuth: where the token comes from and goes to. testdata has dj-rest-auth's
// own answers; these are those that the edge adds, and the settings.
func TestDJRestAuth(t *testing.T) {
	site := func(lines ...string) string {
		return siteWith("signing_key {env.DJANGO_SECRET_KEY}", "rotate_refresh_tokens", strings.Join(lines, "\n"))
	}
	edge := startEdge(t, site("dj_rest_auth {\njwt_auth_cookie a\njwt_auth_refresh_cookie r\n}"))
	names := func(body string) []string {
		t.Helper()
		var members []string
		d := json.NewDecoder(strings.NewReader(body))
		for d.More() {
			token, err := d.Token()
			if err != nil {
				t.Fatalf("%v: %s", err, body)
			}
			if name, ok := token.(string); ok {
				members = append(members, name)
				_, _ = d.Token() // its value
			}
		}
		return members
	}
	for name, tt := range map[string]struct {
		settings       string // in the block
		beside         string // it
		body, cookie   string
		headers        []string
		status         int
		members        []string
		access, rotate bool // the cookies that the answer has
	}{
		"body":                       {body: "TOKEN", status: 200, members: []string{"access", "access_expiration"}, access: true, rotate: true},
		"cookie":                     {cookie: "r=TOKEN", status: 200, members: []string{"access", "access_expiration"}, access: true, rotate: true},
		"cookie, not httponly":       {settings: "jwt_auth_httponly off", cookie: "r=TOKEN", status: 200, members: []string{"access", "refresh", "access_expiration", "refresh_expiration"}, access: true, rotate: true},
		"bad body before a cookie":   {body: "x", cookie: "r=TOKEN", status: 401},
		"blank body before a cookie": {body: " ", cookie: "r=TOKEN", status: 400},
		"neither":                    {status: 401},
		"the last of two counts":     {cookie: "r=x; r=TOKEN", status: 200, members: []string{"access", "access_expiration"}, access: true, rotate: true},
		"the first of two does not":  {cookie: "r=TOKEN; r=x", status: 401},
		"a stranger":                 {cookie: "r=TOKEN", headers: stranger, status: 200, members: []string{"access", "access_expiration"}, access: true, rotate: true},
		"a stranger, with trust":     {beside: "trusted_origins https://app.example.com", cookie: "r=TOKEN", headers: stranger, status: 403},
	} {
		edge.Reload(site("dj_rest_auth {\njwt_auth_cookie a\njwt_auth_refresh_cookie r\n"+tt.settings+"\n}", tt.beside))
		token, body := newToken(t), ""
		if tt.body != "" {
			body = refreshBody(strings.ReplaceAll(tt.body, "TOKEN", token))
		}
		headers := append([]string{"Content-Type", jsonType}, tt.headers...)
		if tt.cookie != "" {
			headers = append(headers, "Cookie", strings.ReplaceAll(tt.cookie, "TOKEN", token))
		}
		res, text := edge.Do("POST", djRefreshPath, body, headers...)
		var set []string
		for _, c := range res.Cookies() {
			set = append(set, c.Name)
			if c.MaxAge <= 0 || c.Expires.IsZero() || c.Path != "/" {
				t.Errorf("%s: the cookie is %s", name, c.Raw)
			}
		}
		if res.StatusCode != tt.status || slices.Contains(set, "a") != tt.access || slices.Contains(set, "r") != tt.rotate {
			t.Errorf("%s: %d %s with cookies %q", name, res.StatusCode, text, set)
		}
		if tt.members != nil && !slices.Equal(names(text), tt.members) {
			t.Errorf("%s: the body is %s, want %q", name, text, tt.members)
		}
	}

	// Other requests pass with their cookies.
	if _, text := edge.Do("POST", refreshPath, refreshBody("x"), "Cookie", "r=x"); text != "upstream" {
		t.Errorf("SimpleJWT's path: %s", text)
	}
}

// TestDJRestAuthWarnings: what dj-rest-auth leaves open is said at load.
func TestDJRestAuthWarnings(t *testing.T) {
	const open, lost = "dj_rest_auth refreshes by cookie for pages of any origin", "gives nobody the rotated refresh token"
	for lines, want := range map[string][]bool{
		"dj_rest_auth {\njwt_auth_refresh_cookie r\n}":                                          {true, false},
		"dj_rest_auth {\njwt_auth_refresh_cookie r\n}\ntrusted_origins https://app.example.com": {false, false},
		"dj_rest_auth {\n}":                        {false, true},
		"dj_rest_auth {\njwt_auth_httponly off\n}": {false, false},
	} {
		t.Run(lines, func(t *testing.T) {
			logged := startEdge(t, siteWith("signing_key {env.DJANGO_SECRET_KEY}", "rotate_refresh_tokens", lines)).LogText()
			if got := []bool{strings.Contains(logged, open), strings.Contains(logged, lost)}; !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// TestDJRestAuthDuringARollout: the backend's answers are compared with what dj-rest-auth
// says, times and members included.
func TestDJRestAuthDuringARollout(t *testing.T) {
	const block = "dj_rest_auth {\njwt_auth_refresh_cookie r\nuse_tz\n}"
	edge := startEdge(t, siteWith("signing_key {env.DJANGO_SECRET_KEY}", block))
	res, body := edge.Do("POST", djRefreshPath, "", "Cookie", "r="+newToken(t))
	if res.StatusCode != 200 {
		t.Fatalf("%d %s", res.StatusCode, body)
	}
	token := newToken(t)
	for name, tt := range map[string]struct{ from, to, want string }{
		"the_same":         {"", "", "same"},
		"years_apart":      {`"access_expiration":"20`, `"access_expiration":"21`, "differs"},
		"without_its_time": {`,"access_expiration"`, `,"x"`, "differs"},
	} {
		answer := strings.Replace(body, tt.from, tt.to, 1)
		django := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Allow"], w.Header()["Vary"], w.Header()["Content-Type"] = []string{"POST, OPTIONS"}, []string{"Accept"}, []string{jsonType}
			_, _ = io.WriteString(w, answer)
		}))
		t.Cleanup(django.Close)
		edge.Reload(mirrored(django.Listener.Addr().String(), "rollout 0%", "name "+name, block))
		if _, got := edge.Do("POST", djRefreshPath, "", "Cookie", "r="+token); got != answer {
			t.Errorf("%s: the client got %s", name, got)
		}
		want := `caddy_token_refresh_compared_total{endpoint="refresh",name="` + name + `",result="` + tt.want + `"} `
		for deadline := time.Now().Add(30 * time.Second); !counted(edge.Metrics(), want); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s is 0 in the metrics", want)
			}
		}
	}
}

// counted reports whether the series that begins so is there and not 0.
func counted(metrics, series string) bool {
	_, value, found := strings.Cut(metrics, series)
	return found && !strings.HasPrefix(value, "0\n")
}
