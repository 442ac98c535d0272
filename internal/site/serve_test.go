// SPDX-License-Identifier: Apache-2.0

package site

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestOutcomes: each outcome has its answer and its placeholders.
func TestOutcomes(t *testing.T) {
	const blacklistedToken = `{"detail":"Token is blacklisted","code":"token_not_valid"}`
	decided := func(v store.Verdict, u store.UserState) says { return says{answer: store.Answer{Verdict: v, User: u}} }
	for _, tt := range []struct {
		outcome, path string
		claims        []string
		is            store.Store // nil for the memory
		status        int
		body          string
	}{
		{"rotated", "/refresh", nil, nil, 200, `{"access":"`},
		{"verified", "/verify", nil, nil, 200, `{}`},
		{"revoked", "/blacklist", nil, nil, 200, `{}`},
		{"expired", "/refresh", []string{"exp", "1"}, nil, 401, `{"detail":"Token is invalid or expired","code":"token_not_valid"}`},
		{"wrong_type", "/refresh", []string{"token_type", `"access"`}, nil, 401, `{"detail":"Token has wrong type","code":"token_not_valid"}`},
		{"invalid", "/refresh", []string{"iat", `"x"`}, nil, 401, `{"detail":"Token is invalid or expired","code":"token_not_valid"}`},
		{"blacklisted", "/refresh", nil, decided(store.Refused, 0), 401, blacklistedToken},
		{"straggler", "/refresh", nil, decided(store.Straggler, 0), 401, blacklistedToken},
		{"reused", "/refresh", nil, decided(store.Reused, 0), 401, blacklistedToken},
		{"blacklisted", "/verify", nil, decided(store.Spent, 0), 400, `{"non_field_errors":["Token is blacklisted"]}`},
		{"user_refused", "/refresh", nil, decided(store.UserRefused, store.UserMissing), 401, `{"detail":"No active account found for the given token."}`},
		{"user_refused", "/refresh", []string{"user_id", `"x"`}, decided(store.UserRefused, store.UserBadUUID), 400, `{"non_field_errors":["“x” is not a valid UUID."]}`},
		{"store_error", "/refresh", nil, says{err: errors.New("no route")}, 503, `{"detail":"The token cannot be judged right now. Try again."}`},
		{"store_error", "/verify", nil, says{err: errors.New("no route")}, 503, `{"detail":"The token cannot be judged right now. Try again."}`},
	} {
		t.Run(tt.outcome+tt.path, func(t *testing.T) {
			ts := newTestSite(t, func(_ *Config, c *simplejwt.Config) {
				if s, ok := tt.is.(says); ok {
					s.Store = c.Store
					c.Store = s
				}
			})
			field := "refresh"
			if tt.path == "/verify" {
				field = "token"
			}
			r := request(tt.path, `{"`+field+`":"`+ts.login(append(tt.claims, "jti", `"abc"`)...)+`"}`)
			w, err := ts.serve(r)
			if err != nil || w.Code != tt.status || !strings.HasPrefix(w.Body.String(), tt.body) {
				t.Errorf("%d %s, %v; want %d %s", w.Code, w.Body, err, tt.status, tt.body)
			}
			challenge, retry := w.Header().Get("Www-Authenticate"), w.Header().Get("Retry-After")
			if (challenge == `Bearer realm="api"`) != (tt.status == 401) || (retry == "1") != (tt.status == 503) {
				t.Errorf("status %d: WWW-Authenticate %q, Retry-After %q", w.Code, challenge, retry)
			}
			user := "1"
			if strings.Contains(tt.body, "“x”") {
				user = "x"
			}
			got := []string{placeholder(r, "outcome"), placeholder(r, "jti"), placeholder(r, "user_id"), placeholder(r, "other")}
			if diff := cmp.Diff([]string{tt.outcome, "abc", user, ""}, got); diff != "" {
				t.Errorf("placeholders (-want +got)\n%s", diff)
			}
			var events []map[string]any
			if tt.outcome == "reused" {
				events = append(events, map[string]any{"name": ts.Name, "jti": "abc", "user_id": "1", "client_ip": "192.0.2.7"})
			}
			if diff := cmp.Diff(events, ts.events); diff != "" {
				t.Errorf("events (-want +got)\n%s", diff)
			}
		})
	}
}

// TestRepeats: a repeat has another outcome than the first use. Without rotation the
// answer is an access token alone.
func TestRepeats(t *testing.T) {
	ts := newTestSite(t, nil)
	body := `{"refresh":"` + ts.login() + `"}`
	var refresh []string
	for _, want := range []string{"rotated", "replayed"} {
		r := request("/refresh", body)
		w, err := ts.serve(r)
		if got := placeholder(r, "outcome"); err != nil || got != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		_, after, _ := strings.Cut(w.Body.String(), `","refresh":"`)
		refresh = append(refresh, strings.TrimSuffix(after, `"}`))
	}
	if refresh[0] == "" || refresh[0] != refresh[1] {
		t.Errorf("refresh tokens %q, want one twice", refresh)
	}
	ts = newTestSite(t, func(_ *Config, c *simplejwt.Config) { c.RotateRefreshTokens = false })
	r := request("/refresh", `{"refresh":"`+ts.login()+`"}`)
	w, err := ts.serve(r)
	if err != nil || placeholder(r, "outcome") != "issued" || strings.Count(w.Body.String(), `"`) != 4 {
		t.Errorf("%s %s, %v; want an access token alone", placeholder(r, "outcome"), w.Body, err)
	}
	ts = newTestSite(t, func(c *Config, _ *simplejwt.Config) { c.Emit = nil })
	reused := says{Store: ts.memory, answer: store.Answer{Verdict: store.Reused}}
	ts = newTestSite(t, func(c *Config, b *simplejwt.Config) { c.Emit, b.Store = nil, reused })
	if w, err := ts.serve(request("/refresh", `{"refresh":"`+ts.login()+`"}`)); err != nil || w.Code != 401 {
		t.Errorf("reuse without the events app: %d, %v", w.Code, err)
	}
}

// TestRefusedBodies: a request without a token is a bad request and names nobody,
// and the error with which another handler stops the reading goes to that handler.
func TestRefusedBodies(t *testing.T) {
	limit := caddyhttp.Error(http.StatusRequestEntityTooLarge, errors.New("request_body says so"))
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		status int
		err    error
	}{
		{"no field", strings.NewReader("{}"), 2, 400, nil},
		{"too large", strings.NewReader(strings.Repeat(" ", 4097)), 4097, 413, nil},
		{"as large as may be", strings.NewReader(strings.Repeat(" ", 4096)), 4096, 400, nil},
		{"broken off", iotest.ErrReader(io.ErrUnexpectedEOF), 2, 400, nil},
		{"another handler's limit", iotest.ErrReader(limit), 2, 200, limit},
	} {
		ts := newTestSite(t, nil)
		r := request("/refresh", "")
		r.Body, r.ContentLength = io.NopCloser(tt.body), tt.length
		w, err := ts.serve(r)
		if !errors.Is(err, tt.err) || w.Code != tt.status {
			t.Errorf("%s: %d, %v; want %d, %v", tt.name, w.Code, err, tt.status, tt.err)
		}
		if (w.Body.Len() == 0) != (tt.err != nil) {
			t.Errorf("%s: the answer is %q", tt.name, w.Body)
		}
		if got := placeholder(r, "outcome") + placeholder(r, "jti") + placeholder(r, "user_id"); got != "bad_request" {
			t.Errorf("%s: placeholders %q", tt.name, got)
		}
		if logs := ts.logs.FilterMessage("token request").All(); len(logs) != 1 || logs[0].ContextMap()["outcome"] != "bad_request" {
			t.Errorf("%s: logged %v", tt.name, logs)
		}
	}
}

// TestWhatIsOurs: other methods and paths pass, and of the endpoints only what
// spends refuses early data.
func TestWhatIsOurs(t *testing.T) {
	before, after := &tls.ConnectionState{}, &tls.ConnectionState{HandshakeComplete: true}
	for _, tt := range []struct {
		method, path, early string
		state               *tls.ConnectionState
		status              int // 0: it passes
	}{
		{"POST", "/refresh", "", nil, 400},
		{"pOST", "/refresh/", "", nil, 400},
		{"POSTS", "/refresh", "", nil, 0},
		{"PUT", "/refresh", "", nil, 0},
		{"GET", "/refresh", "", nil, 0},
		{"POST", "/other", "", nil, 0},
		{"POST", "//refresh", "", nil, 404},
		{"POST", "/refresh", "", before, 425},
		{"POST", "/refresh", "", after, 400},
		{"POST", "/refresh", "1", nil, 425},
		{"POST", "/refresh", "0", after, 400},
		{"POST", "/verify", "1", before, 400},
		{"POST", "/blacklist", "1", before, 400},
		{"GET", "/keys.json", "", nil, 299},
		{"HEAD", "/keys.json/", "", nil, 299},
		{"POST", "/keys.json", "", nil, 0},
		{"PUT", "/keys.json", "", nil, 0},
		{"GET", "/keys", "", nil, 0},
	} {
		ts := newTestSite(t, func(c *Config, _ *simplejwt.Config) {
			c.KeyDocument = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(299) })
			c.KeyDocumentPaths = []string{"/keys.json"}
		})
		r := request(tt.path, "{}")
		r.Method, r.TLS = tt.method, tt.state
		if tt.early != "" {
			r.Header.Set("Early-Data", tt.early)
		}
		w, err := ts.serve(r)
		if passed := errors.Is(err, errPassed); passed != (tt.status == 0) || !passed && w.Code != tt.status {
			t.Errorf("%+v: %d, %v", tt, w.Code, err)
		}
	}
	ts := newTestSite(t, nil)
	if _, err := ts.serve(fromWire(t, "/keys.json")); !errors.Is(err, errPassed) {
		t.Errorf("without a document: %v", err)
	}
}

// TestConnectionCloses: an answer before the body closes an HTTP/1 connection on
// which the body would come, and no other.
func TestConnectionCloses(t *testing.T) {
	for _, tt := range []struct {
		major  int
		length int64
		accept string
		target string
		kind   string
		closes bool
	}{
		{1, 10, "", "/refresh", "text/plain", true},
		{1, -1, "", "//refresh", "", true},
		{1, 10, "text/plain", "/refresh", "", true},
		{1, 5000, "", "/refresh", "", true},
		{1, 0, "", "//refresh", "", false},
		{2, 10, "", "//refresh", "", false},
		{3, 10, "", "/refresh", "text/plain", false},
		{1, 10, "", "/refresh", "", false}, // the body was read
	} {
		ts := newTestSite(t, nil)
		r := request(tt.target, strings.Repeat(" ", 10))
		r.ProtoMajor, r.ContentLength = tt.major, tt.length
		if tt.accept != "" {
			r.Header.Set("Accept", tt.accept)
		}
		if tt.kind != "" {
			r.Header.Set("Content-Type", tt.kind)
		}
		w, err := ts.serve(r)
		if got := w.Header().Get("Connection") == "close"; err != nil || got != tt.closes {
			t.Errorf("%+v: status %d, closes %t, %v", tt, w.Code, got, err)
		}
	}
}

// TestJSONOnly: a backend with one renderer has answers that do not vary, early
// ones too, and refuses a client that takes HTML alone.
func TestJSONOnly(t *testing.T) {
	for _, only := range []bool{true, false} {
		ts := newTestSite(t, func(c *Config, _ *simplejwt.Config) { c.JSONOnly = only })
		for _, path := range []string{"//refresh", "/refresh", "/verify"} {
			w, err := ts.serve(request(path, "{}"))
			if got := w.Header().Get("Vary") == ""; err != nil || got != only {
				t.Errorf("JSON only %t, %s: Vary %q, %v", only, path, w.Header().Get("Vary"), err)
			}
		}
		r := request("/refresh", "{}")
		r.Header.Set("Accept", "text/html")
		w, err := ts.serve(r)
		if want := map[bool]int{true: 406, false: 400}[only]; err != nil || w.Code != want {
			t.Errorf("JSON only %t, a client that takes HTML: %d, %v", only, w.Code, err)
		}
	}
}

// TestForeignSessionStart: a claim of that name that is not ours is logged once.
func TestForeignSessionStart(t *testing.T) {
	ts := newTestSite(t, func(_ *Config, c *simplejwt.Config) { c.SessionLifetime = time.Hour })
	for range 3 {
		w, err := ts.serve(request("/refresh", `{"refresh":"`+ts.login("session_start", `"monday"`)+`"}`))
		if err != nil || w.Code != 200 {
			t.Fatalf("%d %s, %v", w.Code, w.Body, err)
		}
	}
	if n := ts.logs.FilterMessageSnippet("session_start in a token").Len(); n != 1 {
		t.Errorf("it is told %d times, want once", n)
	}
}
