// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

const (
	refreshPath = "/api/token/refresh"
	logoutPath  = "/api/token/blacklist"

	// cookieBlock has names that a browser takes over http, as in these tests.
	cookieBlock = "cookies {\nrefresh_cookie r\naccess_cookie a\ninsecure\n}"
	memoryBlock = "cookies {\nrefresh_cookie r\ninsecure\n}"
)

// exchanged is what a browser sees of an answer. Cookies are by name; "" is one that
// is cleared.
type exchanged struct {
	status  int
	outcome string
	body    string
	cookies map[string]string
}

// send sends a request with the cookies and the headers of a browser.
func send(t *testing.T, edge *edgetest.Edge, path, body, cookies string, headers ...string) exchanged {
	t.Helper()
	if cookies != "" {
		headers = append(headers, "Cookie", cookies)
	}
	if body != "" {
		headers = append(headers, "Content-Type", jsonType)
	}
	res, text := edge.Do("POST", path, body, headers...)
	got := exchanged{status: res.StatusCode, outcome: res.Header.Get("X-Outcome"), body: text, cookies: map[string]string{}}
	for _, c := range res.Cookies() {
		if _, twice := got.cookies[c.Name]; twice {
			t.Errorf("cookie %s is set twice", c.Name)
		}
		if got.cookies[c.Name] = c.Value; c.Value == "" && c.MaxAge >= 0 {
			t.Errorf("cookie %s is empty and not cleared: %s", c.Name, c.Raw)
		}
		if !c.HttpOnly || c.Path != "/" || c.SameSite != http.SameSiteStrictMode {
			t.Errorf("the cookie is %s", c.Raw)
		}
	}
	if len(got.cookies) > 0 && !slices.Equal(res.Header["Cache-Control"], []string{"no-store"}) {
		t.Errorf("an answer that sets cookies has Cache-Control %q", res.Header["Cache-Control"])
	}
	return got
}

var (
	ours     = []string{"Sec-Fetch-Site", "same-origin"}
	stranger = []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}
)

// cleared are the cookies of an answer that takes both away.
var cleared = map[string]string{"r": "", "a": ""}

// TestCookieRefresh: where a token comes from decides where its successor goes.
func TestCookieRefresh(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s", "trusted_origins https://app.example.com", cookieBlock))
	const forbidden = `{"detail":"CSRF Failed: Origin checking failed - https://evil.example does not match any trusted origins."}`
	for name, tt := range map[string]struct {
		inBody, inCookie bool
		headers          []string
		status           int
		outcome          string
		pairIn           string // cookies, body or ""
		body             string // unless the pair is in it
	}{
		"cookie":                         {inCookie: true, headers: ours, status: 200, outcome: "rotated", pairIn: "cookies"},
		"cookie, from a trusted origin":  {inCookie: true, headers: []string{"Sec-Fetch-Site", "same-site", "Origin", "https://app.example.com"}, status: 200, outcome: "rotated", pairIn: "cookies"},
		"cookie, no browser's headers":   {inCookie: true, status: 200, outcome: "rotated", pairIn: "cookies"},
		"body":                           {inBody: true, headers: ours, status: 200, outcome: "rotated", pairIn: "body"},
		"body, from a stranger":          {inBody: true, headers: stranger, status: 200, outcome: "rotated", pairIn: "body"},
		"body beside cookie":             {inBody: true, inCookie: true, headers: ours, status: 200, outcome: "rotated", pairIn: "body"},
		"cookie, from a stranger":        {inCookie: true, headers: stranger, status: 403, outcome: "origin_refused", body: forbidden},
		"both, from a stranger":          {inBody: true, inCookie: true, headers: stranger, status: 403, outcome: "origin_refused", body: forbidden},
		"neither":                        {headers: ours, status: 400, outcome: "bad_request", body: `{"refresh":["This field is required."]}`},
		"cookie, stranger, null origin":  {inCookie: true, headers: []string{"Origin", "null"}, status: 403, outcome: "origin_refused", body: strings.Replace(forbidden, "https://evil.example", "null", 1)},
		"cookie, a stranger's image":     {inCookie: true, headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403, outcome: "origin_refused", body: strings.Replace(forbidden, "https://evil.example", "null", 1)},
		"cookie, header of bytes":        {inCookie: true, headers: []string{"Origin", "\xff\"\\"}, status: 403, outcome: "origin_refused", body: strings.Replace(forbidden, "https://evil.example", `\"\\`, 1)},
		"cookie, in the address bar":     {inCookie: true, headers: []string{"Sec-Fetch-Site", "none"}, status: 200, outcome: "rotated", pairIn: "cookies"},
		"cookie, from a sister's domain": {inCookie: true, headers: []string{"Sec-Fetch-Site", "same-site", "Origin", "https://blog.example.com"}, status: 403, outcome: "origin_refused", body: strings.Replace(forbidden, "evil.example", "blog.example.com", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			token := newToken(t)
			body, cookies := "", "theme=dark"
			if tt.inBody {
				body = refreshBody(token)
			}
			if tt.inCookie {
				cookies += "; r=" + token
			}
			got := send(t, edge, refreshPath, body, cookies, tt.headers...)
			var pair struct{ Access, Refresh string }
			_ = json.Unmarshal([]byte(got.body), &pair) // a refusal has neither
			switch tt.pairIn {
			case "cookies":
				if got.cookies["r"] == "" || got.cookies["r"] == token || got.cookies["a"] == "" || got.body != "{}" {
					t.Errorf("got %+v, want a pair in cookies", got)
				}
				if again := send(t, edge, refreshPath, "", "r="+got.cookies["r"], ours...); again.status != 200 {
					t.Errorf("the successor: %+v", again)
				}
			case "body":
				if pair.Access == "" || pair.Refresh == "" || len(got.cookies) > 0 {
					t.Errorf("got %+v, want a pair in the body", got)
				}
			default:
				if got.body != tt.body || len(got.cookies) > 0 {
					t.Errorf("got %+v, want %s", got, tt.body)
				}
				if still := ask(t, edge, "refresh", token); still.outcome != "rotated" {
					t.Errorf("the token was used: %+v", still)
				}
			}
			if got.status != tt.status || got.outcome != tt.outcome {
				t.Errorf("got %d %s, want %d %s", got.status, got.outcome, tt.status, tt.outcome)
			}
		})
	}
}

// TestAccessTokenInMemory: without access_cookie the access token is in the body, and
// no refresh token ever is.
func TestAccessTokenInMemory(t *testing.T) {
	edge := startEdge(t, spending(memoryBlock))
	got := send(t, edge, refreshPath, "", "r="+newToken(t), ours...)
	var body map[string]string
	if err := json.Unmarshal([]byte(got.body), &body); err != nil || body["access"] == "" || len(body) != 1 {
		t.Errorf("the body is %s", got.body)
	}
	if names := slices.Collect(maps.Keys(got.cookies)); !slices.Equal(names, []string{"r"}) || got.cookies["r"] == "" {
		t.Errorf("the cookies are %v", got.cookies)
	}

	// Without rotation the cookie stays as it is.
	edge.Reload(siteWith("signing_key {env.DJANGO_SECRET_KEY}", memoryBlock))
	got = send(t, edge, refreshPath, "", "r="+newToken(t), ours...)
	if got.status != 200 || len(got.cookies) > 0 || !strings.HasPrefix(got.body, `{"access":"`) {
		t.Errorf("without rotation: %+v", got)
	}
}

// TestCookieLives: a cookie lives as long as its token, and with the names' prefixes it
// is for this host and https alone.
func TestCookieLives(t *testing.T) {
	edge := startEdge(t, strings.Replace(spending("access_token_lifetime 5m", "refresh_token_lifetime 1d", "cookies {\naccess_cookie __Host-access\n}"), "X-Outcome", "X-O", 1))
	res, _ := edge.Do("POST", refreshPath, "", append([]string{"Cookie", "__Host-refresh=" + newToken(t)}, ours...)...)
	for i, want := range []struct {
		name string
		age  int
	}{{"__Host-refresh", 86400}, {"__Host-access", 300}} {
		if len(res.Cookies()) != 2 {
			t.Fatalf("the cookies are %v", res.Cookies())
		}
		c := res.Cookies()[i]
		if c.Name != want.name || c.MaxAge > want.age || c.MaxAge < want.age-60 || !c.Secure || !c.HttpOnly || c.Domain != "" {
			t.Errorf("the cookie is %s", c.Raw)
		}
	}
}

// TestAdopt: a browser's body token is answered with cookies, and nobody else's.
func TestAdopt(t *testing.T) {
	edge := startEdge(t, spending("cookies {\nrefresh_cookie r\ninsecure\nadopt\n}"))
	token := newToken(t)
	got := send(t, edge, refreshPath, refreshBody(token), "", ours...)
	if got.cookies["r"] == "" || got.cookies["r"] == token || strings.Contains(got.body, "refresh") || !strings.Contains(got.body, "access") {
		t.Errorf("a browser got %+v", got)
	}
	for name, headers := range map[string][]string{"an app": nil, "a stranger": stranger} {
		if got := send(t, edge, refreshPath, refreshBody(newToken(t)), "", headers...); len(got.cookies) > 0 || !strings.Contains(got.body, `"refresh"`) {
			t.Errorf("%s got %+v", name, got)
		}
	}
	if got := send(t, edge, refreshPath, refreshBody("x"), "r="+newToken(t), ours...); got.status != 401 || len(got.cookies) > 0 {
		t.Errorf("a bad token in the body: %+v", got)
	}

	// Without rotation the token itself goes into the cookie.
	edge.Reload(siteWith("signing_key {env.DJANGO_SECRET_KEY}", "cookies {\nrefresh_cookie r\ninsecure\nadopt\n}"))
	token = newToken(t)
	if got := send(t, edge, refreshPath, refreshBody(token), "", ours...); got.cookies["r"] != token {
		t.Errorf("without rotation: %+v", got)
	}
}

// TestWhatClears: the cookies go when the session is over, and stay where another tab
// may have the newer pair, or where the edge cannot tell.
func TestWhatClears(t *testing.T) {
	shelf := newShelf(nil)
	edge := startEdge(t, spending("reuse_grace 60s", shelf.line(), cookieBlock))
	refresh := func(token string) exchanged {
		t.Helper()
		return send(t, edge, refreshPath, "", "r="+token, ours...)
	}
	check := func(name string, got exchanged, status int, outcome string, want map[string]string) {
		t.Helper()
		if diff := cmp.Diff(want, got.cookies); diff != "" || got.status != status || got.outcome != outcome {
			t.Errorf("%s: %d %s, want %d %s; cookies -want +got\n%s", name, got.status, got.outcome, status, outcome, diff)
		}
	}
	nothing := map[string]string{}
	check("expired", refresh(newToken(t, "--lifetime", "-1s")), 401, "expired", cleared)
	check("invalid", refresh("x"), 401, "invalid", cleared)
	check("quoted", refresh(`"`+newToken(t)+`"`), 401, "invalid", cleared)
	check("empty", refresh(""), 401, "invalid", cleared)
	check("an access token", refresh(newToken(t, "--claim", "token_type=access")), 401, "wrong_type", cleared)
	check("two cookies", send(t, edge, refreshPath, "", "r="+newToken(t)+"; r="+newToken(t), ours...), 401, "invalid", cleared)
	check("an access cookie alone", send(t, edge, refreshPath, "", "a=x", ours...), 400, "bad_request", nothing)
	check("a logout with an access cookie alone", send(t, edge, logoutPath, "", "a=x", ours...), 401, "invalid", cleared)
	check("two cookies, stranger", send(t, edge, refreshPath, "", "r=x; r=y", stranger...), 403, "origin_refused", nothing)

	first := newToken(t)
	second := refresh(first).cookies["r"]
	third := refresh(second).cookies["r"]
	check("straggler", refresh(first), 401, "straggler", nothing)
	check("logout", send(t, edge, logoutPath, "", "r="+third, ours...), 200, "revoked", cleared)
	check("after the logout", refresh(third), 401, "blacklisted", cleared)
	check("logout again", send(t, edge, logoutPath, "", "r="+third, ours...), 401, "blacklisted", cleared)

	for detection, want := range map[string]map[string]string{"": nothing, "reuse_detection": cleared} {
		edge.Reload(spending(detection, cookieBlock))
		first := newToken(t)
		second := refresh(first).cookies["r"]
		check("reused "+detection, refresh(first), 401, "reused", want)
		if detection != "" {
			check("the session that a reuse ended", refresh(second), 401, "blacklisted", cleared)
		}
	}

	edge.Reload(spending(shelf.line(), cookieBlock))
	shelf.Fail(errors.New("boom"))
	check("the store is down", refresh(newToken(t)), 503, "store_error", nothing)
	check("the store is down at a logout", send(t, edge, logoutPath, "", "r="+newToken(t), ours...), 503, "store_error", nothing)
}

// TestCookieLogout ends the session, for whom it is a request of ours.
func TestCookieLogout(t *testing.T) {
	edge := startEdge(t, spending(cookieBlock))
	token := newToken(t)
	if got := send(t, edge, logoutPath, "", "r="+token, stranger...); got.status != 403 || len(got.cookies) > 0 {
		t.Errorf("a stranger: %+v", got)
	}
	got := send(t, edge, logoutPath+"/", "", "r="+token+"; a=x", ours...)
	if diff := cmp.Diff(cleared, got.cookies); diff != "" || got.status != 200 || got.body != "{}" {
		t.Errorf("logout: %+v %s", got, diff)
	}
	refused(t, edge, token, "blacklisted")
	if got := send(t, edge, logoutPath, refreshBody(newToken(t)), "", ours...); got.status != 200 || len(got.cookies) > 0 {
		t.Errorf("a client of bodies: %+v", got)
	}

	// Without a store the cookies go, and everything else is the backend's.
	edge.Reload(siteWith("signing_key {env.DJANGO_SECRET_KEY}", cookieBlock))
	for name, tt := range map[string]struct {
		path, body, cookies string
		headers             []string
		status              int
		answer              string
		clears              bool
	}{
		"cookie":                {logoutPath, "", "r=" + token, ours, 200, "{}", true},
		"a body":                {logoutPath, refreshBody(token), "", ours, 200, "upstream", false},
		"neither":               {logoutPath, "", "", ours, 200, "upstream", false},
		"cookie, stranger":      {logoutPath, "", "r=" + token, []string{"Origin", "null"}, 403, `{"detail":"CSRF Failed: Origin checking failed - null does not match any trusted origins."}`, false},
		"cookie, odd spelling":  {"/api//token/blacklist", "", "r=" + token, ours, 200, "upstream", false},
		"access cookie alone":   {logoutPath, refreshBody(token), "a=x", ours, 200, "{}", true},
		"access cookie, empty":  {logoutPath, "", "a=x", ours, 200, "{}", true},
		"another site's cookie": {logoutPath, refreshBody(token), "rr=x", ours, 200, "upstream", false},
	} {
		got := send(t, edge, tt.path, tt.body, tt.cookies, tt.headers...)
		want := map[string]string{}
		if tt.clears {
			want = cleared
		}
		if diff := cmp.Diff(want, got.cookies); diff != "" || got.status != tt.status || got.body != tt.answer {
			t.Errorf("%s: %+v, want %d %s %s", name, got, tt.status, tt.answer, diff)
		}
	}
}

// TestCookiesAreAnsweredHere: the backend knows nothing of tokens in cookies, so neither
// a rollout nor refusals backend hands such a request to it.
func TestCookiesAreAnsweredHere(t *testing.T) {
	const key = "signing_key {env.DJANGO_SECRET_KEY}"
	edge := startEdge(t, siteWith(key, "rollout 0%", cookieBlock))
	if got := send(t, edge, refreshPath, "", "r="+newToken(t), ours...); got.status != 200 || got.body != "{}" || got.cookies["a"] == "" {
		t.Errorf("rollout 0%%: %+v", got)
	}
	if got := send(t, edge, refreshPath, "", "r=x; r=y", ours...); got.status != 401 {
		t.Errorf("rollout 0%%, two cookies: %+v", got)
	}
	if got := send(t, edge, refreshPath, "", "r="+newToken(t), stranger...); got.status != 403 {
		t.Errorf("rollout 0%%, a stranger: %+v", got)
	}
	if got := send(t, edge, refreshPath, refreshBody(newToken(t)), "", ours...); got.body != "upstream" {
		t.Errorf("rollout 0%%, a body: %+v", got)
	}
	edge.Reload(strings.Replace(siteWith(key, "refusals backend", cookieBlock), "respond upstream", "respond upstream 401", 1))
	if got := send(t, edge, refreshPath, refreshBody("x"), "", ours...); got.body != "upstream" {
		t.Errorf("refusals backend, a body: %+v", got)
	}
	if got := send(t, edge, refreshPath, "", "r=x", ours...); got.status != 401 || got.body == "upstream" || !maps.Equal(got.cookies, cleared) {
		t.Errorf("refusals backend: %+v", got)
	}
}

// TestCookieTooLong: a browser would drop the cookie without a word, so the answer is an
// error and the log tells why.
func TestCookieTooLong(t *testing.T) {
	edge := startEdge(t, siteWith("signing_key {env.DJANGO_SECRET_KEY}", cookieBlock))
	long := newToken(t, "--claim", "note="+strings.Repeat("x", 3200))
	got := send(t, edge, refreshPath, "", "r="+long, ours...)
	if got.status != 500 || got.body != `{"detail":"The token is too long for a cookie."}` || len(got.cookies) > 0 {
		t.Errorf("got %+v", got)
	}
	entry := edge.WaitLog(func(e edgetest.Entry) bool { return e.Text("outcome") == "too_long" })
	if entry.Text("level") != "error" || !strings.Contains(entry.Text("error"), "put fewer claims into the token") {
		t.Errorf("the log says %v", entry)
	}
}
