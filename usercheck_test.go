// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// users is a backend that says who may refresh.
type users struct {
	status atomic.Int64
	asked  atomic.Int64
	last   atomic.Pointer[http.Request]
	url    string
}

func newUsers(t *testing.T) *users {
	u := new(users)
	u.status.Store(http.StatusNoContent)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		u.asked.Add(1)
		u.last.Store(r)
		w.Header().Set("Location", "/login")
		w.WriteHeader(int(u.status.Load()))
	}))
	t.Cleanup(server.Close)
	u.url = server.URL + "/internal/users/{user_id}"
	return u
}

var (
	noActiveAccount = `{"detail":"No active account found for the given token."}`
	userUnknown     = reply{status: 503, outcome: "user_check_error", body: `{"detail":"The token cannot be judged right now. Try again."}`}
)

// TestUserCheck: 410 alone refuses a user. Any other answer keeps the token unspent and
// the user logged in.
func TestUserCheck(t *testing.T) {
	u := newUsers(t)
	name := uniqueName()
	config := spending("name "+name, "user_check "+u.url)
	edge := startEdge(t, config)
	token := newToken(t)
	for _, status := range []int64{301, 302, 401, 403, 404, 429, 500, 503} {
		u.status.Store(status)
		if got := ask(t, edge, "refresh", token); got != userUnknown {
			t.Errorf("%d: %+v", status, got)
		}
	}
	res, _ := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType)
	if res.Header.Get("Retry-After") != "1" || res.Header.Get("WWW-Authenticate") != "" {
		t.Errorf("the headers are %v", res.Header)
	}
	for _, version := range []string{"5.3", "5.5"} {
		u.status.Store(http.StatusGone)
		edge.Reload(strings.Replace(config, "simplejwt_version 5.3", "simplejwt_version "+version, 1))
		if got := ask(t, edge, "refresh", token); got != (reply{status: 401, outcome: "user_refused", body: noActiveAccount}) {
			t.Errorf("%s: %+v", version, got)
		}
	}
	u.status.Store(http.StatusOK)
	second := next(t, edge, token)
	u.status.Store(http.StatusGone)
	refused(t, edge, token, "blacklisted")

	asked := u.asked.Load()
	for name, bad := range map[string]string{"no token": "x", "forged": second[:len(second)-4] + "AAAA", "expired": newToken(t, "--lifetime", "-1s")} {
		if got := ask(t, edge, "refresh", bad); got.status != 401 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := ask(t, edge, "verify", second); got.status != 200 {
		t.Errorf("verify: %+v", got)
	}
	if got := ask(t, edge, "blacklist", second); got.status != 200 {
		t.Errorf("blacklist: %+v", got)
	}
	if n := u.asked.Load() - asked; n != 0 {
		t.Errorf("the backend was asked %d times about bad tokens, at verify and at blacklist", n)
	}

	metrics := edge.Metrics()
	for result, want := range map[string]string{"active": "1", "refused": "3", "bad_answer": "9", "unreachable": "0", "busy": "0", "bad_id": "0"} {
		if got := counter(metrics, `caddy_token_refresh_user_checks_total{name="`+name+`",result="`+result+`"}`); got != want {
			t.Errorf("%s is counted %s times, want %s", result, got, want)
		}
	}
	if got := counter(metrics, `caddy_token_refresh_user_check_duration_seconds_count{name="`+name+`"}`); got != "13" {
		t.Errorf("%s requests are timed, want 13", got)
	}
	entry := edge.WaitLog(func(e edgetest.Entry) bool {
		return e.Text("level") == "error" && e.Text("outcome") == "user_check_error"
	})
	if text := entry.Text("error"); !strings.HasSuffix(text, "user_check: the backend answers 301: write the URL that it redirects to; "+
		"Django adds a slash at the end (APPEND_SLASH), or wants header X-Forwarded-Proto https (SECURE_SSL_REDIRECT)") {
		t.Errorf("the log says %s", text)
	}
}

// TestUserCheckWithoutStore: an edge without a store, and one that refreshes sliding
// tokens, ask as well.
func TestUserCheckWithoutStore(t *testing.T) {
	u := newUsers(t)
	edge := startEdge(t, siteWith("signing_key {env.DJANGO_SECRET_KEY}", "simplejwt_version 5.5", "sliding_path /api/token/sliding", "user_check "+u.url))
	for status, want := range map[int64]int{204: 200, 410: 401, 403: 503} {
		u.status.Store(status)
		for path, body := range map[string]string{
			"/api/token/refresh": refreshBody(newToken(t)), "/api/token/sliding": `{"token":"` + newSliding(t) + `"}`,
		} {
			if res, answer := edge.Do("POST", path, body, "Content-Type", jsonType); res.StatusCode != want || want == 401 && answer != noActiveAccount {
				t.Errorf("%d: %s answers %d %s, want %d", status, path, res.StatusCode, answer, want)
			}
		}
	}
	for _, entry := range edge.Logs() {
		if strings.Contains(entry.Text("msg"), "sees no users") {
			t.Errorf("a warning that is not so: %s", entry.Text("msg"))
		}
	}
}

// TestUserCheckRequest: the backend gets the header of the configuration and the id of
// the access log, and nothing of the client's. A reload reads a secret anew. No secret
// can be read anywhere.
func TestUserCheckRequest(t *testing.T) {
	u := newUsers(t)
	t.Setenv("EDGE_SECRET", "the-first-secret-of-the-edge")
	config := strings.Replace(siteWith("signing_key {env.DJANGO_SECRET_KEY}", "user_check "+u.url+" {\nheader X-Edge-Secret {env.EDGE_SECRET}\n}"), "{\n", "{\nlog\n", 1)
	edge := startEdge(t, config)
	refresh := func(want string) *http.Request {
		t.Helper()
		res, answer := edge.Do("POST", "/api/token/refresh", refreshBody(newToken(t, "--claim", `user_id="a/../b?c#d%"`)), "Content-Type", jsonType,
			"Cookie", "session=of-the-client", "Authorization", "Bearer of-the-client", "X-Request-Id", "of-the-client", "Traceparent", "of-the-client")
		got := u.last.Load()
		if res.StatusCode != 200 || got.Header.Get("X-Edge-Secret") != want {
			t.Errorf("%d %s; the secret is %q", res.StatusCode, answer, got.Header.Get("X-Edge-Secret"))
		}
		return got
	}
	got := refresh("the-first-secret-of-the-edge")
	if got.Method != "GET" || got.RequestURI != "/internal/users/a%2F..%2Fb%3Fc%23d%25" {
		t.Errorf("%s %s", got.Method, got.RequestURI)
	}
	for name, values := range got.Header {
		if strings.Contains(strings.Join(values, ""), "of-the-client") {
			t.Errorf("%s is the client's", name)
		}
	}
	id := got.Header.Get("X-Request-Id")
	edge.WaitLog(func(e edgetest.Entry) bool {
		return id != "" && e.Text("msg") == "handled request" && e.Text("uuid") == id
	})

	t.Setenv("EDGE_SECRET", "the-second-secret-of-the-edge")
	edge.Reload(config)
	refresh("the-second-secret-of-the-edge")
	u.status.Store(http.StatusForbidden)
	_, answer := edge.Do("POST", "/api/token/refresh", refreshBody(newToken(t)), "Content-Type", jsonType)
	edge.WaitLog(func(e edgetest.Entry) bool { return strings.Contains(e.Text("error"), "the backend answers 403") })
	for where, text := range map[string]string{
		"the log": edge.LogText(), "the configuration": edge.Admin("GET", "/config/", ""), "the metrics": edge.Metrics(), "the answer": answer,
		"the status": edge.Admin("GET", "/token_refresh/status", ""),
	} {
		if strings.Contains(text, "secret-of-the-edge") {
			t.Errorf("%s shows the secret", where)
		}
	}
}

// TestCheckUserCheck: the command check tells a view that works from a page that answers
// everything, and from what is no view.
func TestCheckUserCheck(t *testing.T) {
	c, u := newChecked(t), newUsers(t)
	settings := "signing_key {env.DJANGO_SECRET_KEY}\nsimplejwt_version 5.5\nuser_check " + u.url
	u.status.Store(http.StatusGone)
	c.wants(settings, "", "ok: /api/token/refresh: user_check answers, and refuses a user whom the backend does not have")
	if at := u.last.Load().RequestURI; at != "/internal/users/0" {
		t.Errorf("it asked %s", at)
	}
	c.wants(settings, newToken(t), "ok: /api/token/refresh: user_check answers, and refuses a user whom the backend does not have",
		okSigned, "wrong: /api/token/refresh: the token is refused: its user is missing or inactive, as user_check answers with 410",
		`note: /api/token/refresh: a client with this token would get 401 and the body {"detail":"No active account found for the given token."}`)
	u.status.Store(http.StatusOK)
	c.wants(settings, "", "wrong: /api/token/refresh: user_check: the backend says that user 0 is active, whom it cannot have: every user would pass, "+
		"so check the URL, which a page for any path may answer, and have the view answer 410 for a user who is missing")
	u.status.Store(http.StatusForbidden)
	c.wants(settings, newToken(t), "wrong: /api/token/refresh: user_check: the backend answers 403: compare the secret in header with the one that the view wants; "+
		"refreshes are answered with 503 until then",
		okSigned, "wrong: /api/token/refresh: the token cannot be judged: user_check: the backend answers 403: compare the secret in header with the one that the view wants",
		`note: /api/token/refresh: a client with this token would get 503 and the body {"detail":"The token cannot be judged right now. Try again."}`)
}

// TestUserCheckDuringARollout: at 0% the answers of the backend are compared with the
// edge's, and so a wrong URL shows before it can refuse anybody.
func TestUserCheckDuringARollout(t *testing.T) {
	u := newUsers(t)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]string{"Content-Type": jsonType, "Allow": "POST, OPTIONS", "Vary": "Accept", "Www-Authenticate": `Bearer realm="api"`} {
			w.Header().Set(name, value)
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(noActiveAccount))
	}))
	t.Cleanup(backend.Close)
	name := uniqueName()
	edge := startEdge(t, strings.Replace(rolloutTo(backend.Listener.Addr().String(), "simplejwt_version 5.5\nrollout 0%\nuser_check "+u.url), "name rolled", "name "+name, 1))
	for status, result := range map[int64]string{410: "same", 403: "listed", 204: "differs"} {
		u.status.Store(status)
		if res, body := edge.Do("POST", "/api/token/refresh/", refreshBody(newToken(t)), "Content-Type", jsonType); res.StatusCode != 401 {
			t.Fatalf("%d %s", res.StatusCode, body)
		}
		series := `caddy_token_refresh_compared_total{endpoint="refresh",name="` + name + `",result="` + result + `"}`
		for end := time.Now().Add(time.Minute); counter(edge.Metrics(), series) != "1"; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%d: no answer was counted as %s within a minute", status, result)
			}
		}
	}
}
