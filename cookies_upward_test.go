// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
)

// seenAbove is what the backend saw of a request.
type seenAbove struct {
	Cookie, Authorization []string
}

// newMirror starts a backend that answers with what it saw. The query says which headers
// its answer has.
func newMirror(t *testing.T) (address string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		maps.Copy(w.Header(), r.URL.Query())
		switch r.URL.Path {
		case "/socket":
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n%s\n", r.Header.Get("Authorization"))
			conn.Close()
			return
		case "/hints":
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
		}
		_ = json.NewEncoder(w).Encode(seenAbove{r.Header["Cookie"], r.Header["Authorization"]})
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

func mirrored(address string, lines ...string) string {
	return strings.Replace(siteWith(append(lines, "signing_key {env.DJANGO_SECRET_KEY}")...), "respond upstream", "reverse_proxy "+address, 1)
}

// TestUpward: our cookies go up from no request. An access token goes up as
// Authorization if the request is ours and the token is good.
func TestUpward(t *testing.T) {
	address := newMirror(t)
	edge := startEdge(t, mirrored(address, "trusted_origins https://app.example.com", "auth_header_types JWT Bearer", cookieBlock))
	good := newToken(t, "--claim", "token_type=access")
	for name, tt := range map[string]struct {
		cookie        string
		headers       []string
		up            string
		authorization string
	}{
		"none of ours":              {"theme=dark", ours, "theme=dark", ""},
		"only ours":                 {"r=x; a=" + good, ours, "", "JWT " + good},
		"among others":              {"theme=dark; r=x; q=\"a b\"; a=" + good + ";odd==;", ours, "theme=dark; q=\"a b\";odd==;", "JWT " + good},
		"stranger":                  {"theme=dark; a=" + good, stranger, "theme=dark", ""},
		"trusted origin":            {"a=" + good, []string{"Sec-Fetch-Site", "same-site", "Origin", "https://app.example.com"}, "", "JWT " + good},
		"no browser's headers":      {"a=" + good, nil, "", "JWT " + good},
		"a bad token":               {"a=x", ours, "", ""},
		"expired":                   {"a=" + newToken(t, "--claim", "token_type=access", "--lifetime", "-1s"), ours, "", ""},
		"a refresh token":           {"a=" + newToken(t), ours, "", ""},
		"another key":               {"a=" + good[:len(good)-4] + "AAAA", ours, "", ""},
		"two":                       {"a=" + good + "; a=" + good, ours, "", ""},
		"Authorization of the API":  {"a=" + good, append([]string{"Authorization", "Bearer mine"}, ours...), "", "Bearer mine"},
		"Authorization of the edge": {"a=" + good, append([]string{"Authorization", "Basic dTpw"}, ours...), "", "JWT " + good},
		"Basic and no cookie":       {"", append([]string{"Authorization", "Basic dTpw"}, ours...), "", "Basic dTpw"},
		"space that Python strips":  {"\u00a0r=x; a=" + good, ours, "", "JWT " + good},
	} {
		headers := tt.headers
		if tt.cookie != "" {
			headers = append([]string{"Cookie", tt.cookie}, headers...)
		}
		_, body := edge.Do("GET", "/api/me", "", headers...)
		var got seenAbove
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatalf("%s: %v: %s", name, err, body)
		}
		if cookie := strings.Join(got.Cookie, "|"); cookie != tt.up || strings.Join(got.Authorization, "|") != tt.authorization {
			t.Errorf("%s: Cookie %q and Authorization %q went up, want %q and %q", name, cookie, got.Authorization, tt.up, tt.authorization)
		}
	}
}

// TestUpwardAnswers: no shared cache keeps an answer that depends on the access cookie,
// unless the backend says that it may.
func TestUpwardAnswers(t *testing.T) {
	edge := startEdge(t, mirrored(newMirror(t), cookieBlock))
	good := newToken(t, "--claim", "token_type=access")
	for name, tt := range map[string]struct {
		path    string
		cookie  string
		headers []string
		want    http.Header
	}{
		"nothing said":      {"/", "a=" + good, ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"private"}}},
		"max-age":           {"/?Cache-Control=max-age%3D60", "a=" + good, ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"max-age=60", "private"}}},
		"public":            {"/?Cache-Control=Public,%20max-age%3D60", "a=" + good, ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"Public, max-age=60"}}},
		"s-maxage":          {"/?Cache-Control=s-maxage%3D60", "a=" + good, ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"s-maxage=60"}}},
		"no-store":          {"/?Cache-Control=no-store", "a=" + good, ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"no-store"}}},
		"varies already":    {"/?Vary=Accept,%20cookie", "a=" + good, ours, http.Header{"Vary": {"Accept, cookie"}, "Cache-Control": {"private"}}},
		"early hints":       {"/hints", "a=" + good, ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"private"}}},
		"a bad token":       {"/", "a=x", ours, http.Header{"Vary": {"Cookie"}, "Cache-Control": {"private"}}},
		"a stranger":        {"/", "a=" + good, stranger, http.Header{}},
		"no access cookie":  {"/", "r=x", ours, http.Header{}},
		"its own Authoriz.": {"/", "a=" + good, append([]string{"Authorization", "Bearer x"}, ours...), http.Header{}},
		"two":               {"/?Cache-Control=max-age%3D60", "a=" + good + "; a=x", ours, http.Header{"Cache-Control": {"no-store"}, "Set-Cookie": {"r=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict", "a=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"}}},
	} {
		res, _ := edge.Do("GET", tt.path, "", append([]string{"Cookie", tt.cookie}, tt.headers...)...)
		got := http.Header{}
		for _, name := range []string{"Vary", "Cache-Control", "Set-Cookie"} {
			if values := res.Header[name]; values != nil {
				got[name] = values
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || res.StatusCode != 200 {
			t.Errorf("%s: %d, -want +got\n%s", name, res.StatusCode, diff)
		}
	}
}

// TestUpwardSocket: a WebSocket of a page of ours gets the access token, one of a sister
// domain does not: it is a GET, and browsers send cookies with it.
func TestUpwardSocket(t *testing.T) {
	edge := startEdge(t, mirrored(newMirror(t), cookieBlock))
	good := newToken(t, "--claim", "token_type=access")
	for origin, want := range map[string]string{edge.URL: "Bearer " + good, "https://blog.example.com": ""} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(edge.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /socket HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-Fetch-Site: same-origin\r\nOrigin: %s\r\nCookie: a=%s\r\n\r\n",
			strings.TrimPrefix(edge.URL, "http://"), origin, good)
		reader := bufio.NewReader(conn)
		res, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatal(err)
		}
		line, err := reader.ReadString('\n')
		if err != nil || res.StatusCode != http.StatusSwitchingProtocols || strings.TrimSpace(line) != want {
			t.Errorf("origin %s: %d %q %v, want %q", origin, res.StatusCode, line, err, want)
		}
		res.Body.Close()
		conn.Close()
	}
}

// TestUpwardLeavesNoTrace: the handlers in front, the access log and error routes see
// the request as it came, and Caddy leaves cookies out of its log.
func TestUpwardLeavesNoTrace(t *testing.T) {
	edge := startEdge(t, `
		http://127.0.0.1:{{port}} {
			log
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				`+cookieBlock+`
			}
			error 502
			handle_errors {
				respond "sent {http.request.header.Authorization}."
			}
		}
	`)
	good := newToken(t, "--claim", "token_type=access")
	res, body := edge.Do("GET", "/", "", append([]string{"Cookie", "a=" + good}, ours...)...)
	if body != "sent ." || res.StatusCode != 502 {
		t.Errorf("the error route: %d %s", res.StatusCode, body)
	}
	res, _ = edge.Do("GET", "/", "", append([]string{"Cookie", "a=x; a=y"}, ours...)...)
	if len(res.Cookies()) != 2 || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("two cookies and an error: %v", res.Header)
	}
	if strings.Contains(edge.LogText(), good) {
		t.Error("the token is in the log")
	}
}

// TestPassThroughWithCookies: a request without cookies of ours costs no allocation.
func TestPassThroughWithCookies(t *testing.T) {
	h := provisioned(t, &Handler{Cookies: &cookie.Settings{AccessCookie: "__Host-access"}})
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	r := httptest.NewRequest("GET", "/api/items", nil).WithContext(context.Background())
	r.Header.Set("Cookie", otherCookies)
	w := httptest.NewRecorder()
	if n := testing.AllocsPerRun(100, func() { _ = h.ServeHTTP(w, r, next) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
