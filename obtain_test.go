// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

const loginPath = "/api/token"

// loginBackend answers logins. Tests say how.
type loginBackend struct {
	address string
	handler atomic.Pointer[http.HandlerFunc]
}

func newLoginBackend(t *testing.T) *loginBackend {
	t.Helper()
	b := new(loginBackend)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*b.handler.Load())(w, r) }))
	t.Cleanup(server.Close)
	b.address = server.Listener.Addr().String()
	return b
}

func (b *loginBackend) answers(handler http.HandlerFunc) { b.handler.Store(&handler) }

// inJSON is an answer with a body in JSON.
func inJSON(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Add(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// behindLogin is an edge in front of a backend with logins.
func behindLogin(b *loginBackend, lines ...string) string {
	return strings.Replace(spending(lines...), "respond upstream", "reverse_proxy "+b.address, 1)
}

// TestLogin: the tokens of a login go into cookies, in whatever shape a real backend
// behind a real proxy hands them out; what cannot be taken out does not reach the page.
func TestLogin(t *testing.T) {
	backend := newLoginBackend(t)
	edge := startEdge(t, behindLogin(backend, "max_body 8KiB", strings.Replace(memoryBlock, "insecure", "insecure\nobtain_path /api/token\nobtain_path /api/auth/register /api/auth/login {\nrefresh data.tokens.refresh\naccess data.tokens.access\n}", 1)))
	refresh, access := newToken(t), newToken(t, "--claim", "token_type=access")
	pair := `{"refresh":"` + refresh + `","access":"` + access + `"}`
	another, err := mint(t, "", "--signing-key", strings.Repeat("another key ", 8), "--claim", "user_id=1")
	if err != nil {
		t.Fatal(err)
	}
	const withheld = `{"detail":"The answer could not be delivered."}`
	for name, tt := range map[string]struct {
		path    string // loginPath if empty
		answer  http.HandlerFunc
		status  int
		outcome string
		body    string
		cookie  string
	}{
		"SimpleJWT's own":  {"", inJSON(200, pair), 200, "obtained", `{"access":"` + access + `"}`, refresh},
		"with a slash":     {"/api/token/", inJSON(200, pair), 200, "obtained", `{"access":"` + access + `"}`, refresh},
		"nested":           {"/api/auth/login", inJSON(200, `{"data":{"tokens":`+pair+`}}`), 200, "obtained", `{"data":{"tokens":{"access":"` + access + `"}}}`, refresh},
		"a registration":   {"/api/auth/register/", inJSON(201, `{"data":{"tokens":`+pair+`},"id":1}`), 201, "obtained", `{"data":{"tokens":{"access":"` + access + `"}},"id":1}`, refresh},
		"a second factor":  {"", inJSON(200, `{"mfa":true}`), 200, "passed", `{"mfa":true}`, ""},
		"refused":          {"", inJSON(401, `{"detail":"No"}`), 401, "passed", `{"detail":"No"}`, ""},
		"a long error":     {"", inJSON(500, strings.Repeat("x", 10000)), 500, "passed", strings.Repeat("x", 10000), ""},
		"not ours":         {"", inJSON(200, `{"refresh":"`+another+`"}`), 200, "foreign", `{"refresh":"` + another + `"}`, ""},
		"other names":      {"", inJSON(200, `{"data":`+pair+`}`), 502, "withheld", withheld, ""},
		"a redirect":       {"", inJSON(302, ``, "Location", "https://app.example.com/#"+refresh), 502, "withheld", withheld, ""},
		"a good redirect":  {"", inJSON(302, ``, "Location", "/home"), 302, "passed", "", ""},
		"over max_body":    {"", inJSON(200, pair+strings.Repeat(" ", 9000)), 502, "withheld", withheld, ""},
		"expired":          {"", inJSON(200, `{"refresh":"`+newToken(t, "--lifetime", "-1s")+`"}`), 502, "withheld", withheld, ""},
		"of another type":  {"", inJSON(200, `{"refresh":"`+access+`"}`), 200, "foreign", `{"refresh":"` + access + `"}`, ""},
		"a token too long": {"", inJSON(200, `{"refresh":"`+newToken(t, "--claim", "x="+strings.Repeat("x", 2900))+`"}`), 502, "too_long", `{"detail":"The token is too long for a cookie."}`, ""},
		"empty":            {"", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, 204, "passed", "", ""},
		"compressed although the edge did not ask": {"", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			w.Header().Set("Content-Encoding", "br")
			_, _ = io.WriteString(w, pair)
		}, 502, "withheld", withheld, ""},
		"compressed for the proxy": {"", func(w http.ResponseWriter, r *http.Request) {
			// Go's transport asks for gzip by itself, and takes it off again.
			w.Header().Set("Content-Type", jsonType)
			if strings.Contains(r.Header.Get("Accept-Encoding"), "br") {
				t.Error("what the browser accepts went up")
			}
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, pair)
			z.Close()
		}, 200, "obtained", `{"access":"` + access + `"}`, refresh},
		"chunked, with trailers": {"", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			inJSON(200, pair)(w, r)
			_ = http.NewResponseController(w).Flush()
			w.Header().Set("X-Sum", refresh)
		}, 502, "withheld", withheld, ""},
		"chunked, with good trailers": {"", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			inJSON(200, pair)(w, r)
			_ = http.NewResponseController(w).Flush()
			w.Header().Set("X-Sum", "1")
		}, 200, "obtained", `{"access":"` + access + `"}`, refresh},
		"early hints": {"", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Del("Link")
			inJSON(200, pair)(w, r)
		}, 200, "obtained", `{"access":"` + access + `"}`, refresh},
		"an event stream": {"", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: {}\n\n")
			_ = http.NewResponseController(w).Flush()
			fmt.Fprintf(w, "data: %s\n\n", pair)
		}, 502, "withheld", withheld, ""},
	} {
		t.Run(name, func(t *testing.T) {
			backend.answers(tt.answer)
			path := tt.path
			if path == "" {
				path = loginPath
			}
			got := send(t, edge, path, `{"username":"a","password":"b"}`, "r=old; theme=dark", append([]string{"Accept-Encoding", "br"}, ours...)...)
			want := exchanged{tt.status, tt.outcome, tt.body, map[string]string{}}
			if tt.cookie != "" {
				want.cookies["r"] = tt.cookie
			}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(exchanged{})); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	for line := range strings.Lines(edge.LogText()) {
		// Caddy's proxy logs the headers of the backend, for debugging.
		if !strings.Contains(line, "http.handlers.reverse_proxy") && strings.Contains(line, "eyJ") {
			t.Errorf("a token is in the log: %s", line)
		}
	}
	edge.WaitLog(func(e edgetest.Entry) bool {
		return e.Text("outcome") == "withheld" && e.Text("level") == "error" && e.Text("endpoint") == "obtain" &&
			strings.Contains(e.Text("error"), "write obtain_path /api/token { refresh data.refresh }")
	})
	edge.WaitLog(func(e edgetest.Entry) bool {
		return e.Text("outcome") == "foreign" && e.Text("level") == "warn" && strings.Contains(e.Text("error"), "give the edge the key")
	})
	edge.WaitLog(func(e edgetest.Entry) bool {
		return e.Text("token_refresh", "outcome") == "obtained" && e.Text("token_refresh", "user_id") == "1" && e.Text("token_refresh", "answered_by") == "backend"
	})
	metrics := edge.Metrics()
	for _, line := range []string{
		`caddy_token_refresh_requests_total{endpoint="obtain",name="",outcome="too_long"} 1`,
		`caddy_token_refresh_requests_total{endpoint="obtain",name="",outcome="foreign"} 2`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	if strings.Contains(metrics, `endpoint="refresh",name="",outcome="obtained"`) {
		t.Error("the refresh endpoint has an outcome of logins")
	}
}

// TestLoginGivesBothCookies: the cookies of a login refresh and go up as Authorization.
func TestLoginGivesBothCookies(t *testing.T) {
	backend := newLoginBackend(t)
	edge := startEdge(t, behindLogin(backend, "trusted_origins https://app.example.com", cookieBlock))
	refresh, access := newToken(t), newToken(t, "--claim", "token_type=access")
	backend.answers(inJSON(200, `{"refresh":"`+refresh+`","access":"`+access+`"}`, "Set-Cookie", "sessionid=1; Path=/; HttpOnly; SameSite=Strict", "Cache-Control", "max-age=60", "Etag", `"1"`))
	got := send(t, edge, loginPath, `{}`, "", "Sec-Fetch-Site", "same-site", "Origin", "https://app.example.com")
	want := exchanged{200, "obtained", "{}", map[string]string{"r": refresh, "a": access, "sessionid": "1"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(exchanged{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if again := send(t, edge, refreshPath, "", "r="+got.cookies["r"], ours...); again.outcome != "rotated" {
		t.Errorf("the cookie of the login: %+v", again)
	}

	// The access token of the user before must not stay where the answer has none.
	backend.answers(inJSON(200, `{"refresh":"`+newToken(t)+`"}`))
	if got := send(t, edge, loginPath, `{}`, "r=old; a=old", ours...); got.cookies["a"] != "" || len(got.cookies) != 2 {
		t.Errorf("without an access token: %+v", got)
	}
}

// TestLoginOfStrangers: a client that gets no cookies has its tokens in the body, as
// before, in every shape.
func TestLoginOfStrangers(t *testing.T) {
	backend := newLoginBackend(t)
	edge := startEdge(t, behindLogin(backend, cookieBlock))
	pair := `{"refresh":"` + newToken(t) + `","access":"x"}`
	accepts := make(chan string, 1)
	backend.answers(func(w http.ResponseWriter, r *http.Request) {
		accepts <- r.Header.Get("Accept-Encoding")
		inJSON(200, pair, "Etag", `"1"`, "X-Refresh", newToken(t))(w, r)
	})
	for name, headers := range map[string][]string{
		"an app or a server":       nil,
		"Capacitor on iOS":         {"Origin", "capacitor://localhost"},
		"Capacitor on Android":     {"Origin", "https://localhost", "Sec-Fetch-Site", "cross-site"},
		"Electron":                 {"Origin", "null"},
		"an extension":             {"Origin", "chrome-extension://abcdef", "Sec-Fetch-Site", "none"},
		"a second front end":       {"Origin", "https://other.example.com", "Sec-Fetch-Site", "same-site"},
		"a page of somebody else":  stranger,
		"a server that forwards":   stranger,
		"an old browser elsewhere": {"Origin", "https://evil.example"},
	} {
		for _, path := range []string{loginPath, "/api//token", "/api/./token", "/api/%2e/token"} {
			got := send(t, edge, path, `{}`, "", append([]string{"Accept-Encoding", "br"}, headers...)...)
			if got.status != 200 || got.body != pair || len(got.cookies) > 0 || got.outcome != "{http.token_refresh.outcome}" {
				t.Errorf("%s, %s: %+v", name, path, got)
			}
			if accepted := <-accepts; accepted != "br" {
				t.Errorf("%s: Accept-Encoding %q went up", name, accepted)
			}
		}
	}
}

// TestLoginOddTargets: a page of ours does not get past the edge to the login by spelling
// its path in another way. Other methods are the backend's.
func TestLoginOddTargets(t *testing.T) {
	backend := newLoginBackend(t)
	backend.answers(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s reached", r.Method) })
	edge := startEdge(t, behindLogin(backend, cookieBlock))
	for _, path := range []string{"/api//token", "/api/x/../token", "/api/./token", "//api/token", "/api/token//", "/api/%2574oken", "/api;x/token", `/api\token`} {
		res, body := edge.Do("POST", path, `{}`, ours...)
		if res.StatusCode != 404 || body != `{"detail":"Not found."}` {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	for _, path := range []string{"/api/%74oken", "/api%2Ftoken", "/api/token/", "/api/tokens"} {
		if res, body := edge.Do("POST", path, `{}`, ours...); res.StatusCode != 200 || body != "POST reached" {
			t.Errorf("%s: %d %s", path, res.StatusCode, body)
		}
	}
	for _, method := range []string{"GET", "PUT", "DELETE", "OPTIONS"} {
		if res, body := edge.Do(method, loginPath, "", ours...); res.StatusCode != 200 || body != method+" reached" {
			t.Errorf("%s: %d %s", method, res.StatusCode, body)
		}
	}
}

// TestLoginDuringARollout: logins are the backend's whatever the share, so nothing of them
// is compared or referred, and their tokens go into cookies all the same.
func TestLoginDuringARollout(t *testing.T) {
	backend := newLoginBackend(t)
	name := "login during a rollout" // other tests have counters
	edge := startEdge(t, strings.Replace(siteWith("name \""+name+"\"", "signing_key {env.DJANGO_SECRET_KEY}", "rollout 0%", "refusals backend", cookieBlock),
		"respond upstream", "reverse_proxy "+backend.address, 1))
	token := newToken(t)
	backend.answers(inJSON(200, refreshBody(token)))
	if got := send(t, edge, loginPath, `{}`, "", ours...); got.status != 200 || got.cookies["r"] != token || got.body != "{}" {
		t.Errorf("got %+v", got)
	}
	metrics := edge.Metrics()
	if want := `caddy_token_refresh_requests_total{endpoint="obtain",name="` + name + `",outcome="obtained"} 1`; !strings.Contains(metrics, want) {
		t.Errorf("the metrics lack %s", want)
	}
	for _, metric := range []string{"compared", "referred"} {
		if strings.Contains(metrics, "caddy_token_refresh_"+metric+`_total{endpoint="obtain",name="`+name+`"`) {
			t.Errorf("logins are %s", metric)
		}
	}
}

// TestLoginBreaks: of an answer that breaks off nothing is sent, and an error route
// answers if there is no backend.
func TestLoginBreaks(t *testing.T) {
	backend := newLoginBackend(t)
	site := strings.Replace(behindLogin(backend, memoryBlock), "reverse_proxy", "handle_errors {\nrespond \"sorry {err.status_code}\" 500\n}\nreverse_proxy", 1)
	edge := startEdge(t, site)
	backend.answers(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, refreshBody("x"))
	})
	req, _ := http.NewRequest("POST", edge.URL+loginPath, strings.NewReader("{}"))
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if res, err := edge.Client.Do(req); err == nil {
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		t.Errorf("a broken answer arrived: %d %s", res.StatusCode, text)
	}

	edge.Reload(strings.Replace(site, backend.address, "127.0.0.1:"+edge.Value("portnobody"), 1))
	if got := send(t, edge, loginPath, `{}`, "", ours...); got.status != 500 || got.body != "sorry 502" {
		t.Errorf("without a backend: %+v", got)
	}
	edge.WaitLog(func(e edgetest.Entry) bool { return e.Text("token_refresh", "outcome") == "failed" })
}
