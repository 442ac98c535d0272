// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// newReferringSite makes a site that has the backend word its refusals.
func newReferringSite(t testing.TB, change func(*Config, *simplejwt.Config)) *testSite {
	t.Helper()
	return newTestSite(t, func(c *Config, b *simplejwt.Config) {
		c.RefersRefusals = true
		if change != nil {
			change(c, b)
		}
	})
}

// french is a backend that refuses everything in its own words, and remembers the
// bodies that it was sent.
type french struct{ bodies []string }

const frenchRefusal = `{"detail":"Le jeton est invalide ou expiré"}`

func (f *french) ServeHTTP(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	f.bodies = append(f.bodies, string(body))
	w.Header().Set("Content-Language", "fr")
	w.WriteHeader(http.StatusUnauthorized)
	_, err = io.WriteString(w, frenchRefusal)
	return err
}

// TestReferred: a request that the backend refuses too is sent to it unchanged, and
// refused in its words. No other request reaches it.
func TestReferred(t *testing.T) {
	decided := func(a store.Answer) says { return says{answer: a} }
	revoked := decided(store.Answer{Verdict: store.Refused, Blacklisted: true})
	for _, tt := range []struct {
		name    string
		is      store.Store // nil for the memory
		change  func(*Config, *simplejwt.Config)
		request func(ts *testSite) *http.Request
		status  int // of the edge's own answer; 0 where the backend is asked
		outcome string
	}{
		{name: "an expired token", request: refreshing("exp", "1"), outcome: "expired"},
		{name: "an access token", request: refreshing("token_type", `"access"`), outcome: "wrong_type"},
		{name: "no token", request: posting("{}"), outcome: "bad_request"},
		{name: "no JSON", request: posting("{"), outcome: "bad_request"},
		{name: "nothing", request: posting(""), outcome: "bad_request"},
		{name: "words", request: posting(`{"refresh":"words"}`), outcome: "invalid"},
		{name: "two dots", request: posting(`{"refresh":"a.b.c"}`), outcome: "invalid"},
		{name: "a forged token", request: respelled(func(token string) string { return token[:len(token)-8] + "AAAAAAAA" }), outcome: "invalid"},
		{name: "a spent token", is: decided(store.Answer{Verdict: store.Spent}), request: refreshing(), outcome: "blacklisted"},
		{name: "a used token", is: decided(store.Answer{Verdict: store.Reused}), request: refreshing(), outcome: "reused"},
		{name: "a straggler", is: decided(store.Answer{Verdict: store.Straggler}), request: refreshing(), outcome: "straggler"},
		{name: "a token that Django blacklisted", is: revoked, request: refreshing(), outcome: "blacklisted"},
		{
			name: "a missing user", is: decided(store.Answer{Verdict: store.UserRefused, User: store.UserMissing}),
			request: refreshing(), outcome: "user_refused",
		},
		{
			name: "another media type", outcome: "bad_request",
			request: changed(posting("{}"), func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }),
		},
		{
			name: "nothing acceptable", outcome: "bad_request",
			request: changed(posting("{}"), func(r *http.Request) { r.Header.Set("Accept", "text/plain") }),
		},

		{name: "an ended session", is: decided(store.Answer{Verdict: store.Refused}), request: refreshing(), outcome: "blacklisted", status: 401},
		{name: "a store that is down", is: says{err: errors.New("no route")}, request: refreshing(), outcome: "store_error", status: 503},
		{
			name: "another password", is: decided(store.Answer{Verdict: store.UserRefused, User: store.UserPasswordChanged}),
			request: refreshing(), outcome: "user_refused", status: 401,
		},
		{
			name: "a session that is over", change: func(_ *Config, b *simplejwt.Config) { b.SessionLifetime = time.Hour },
			request: refreshing("iat", "1"), outcome: "expired", status: 401,
		},
		{name: "padding", request: respelled(func(token string) string { return token + "=" }), outcome: "invalid", status: 401},
		{name: "junk in base64", request: respelled(func(token string) string { return token + "!" }), outcome: "invalid", status: 401},
		{name: "no jti for the store", request: refreshing("jti", `""`), outcome: "invalid", status: 401},
		{name: "a body that is too large", request: posting(strings.Repeat(" ", 5000)), outcome: "bad_request", status: 413},
		{
			name: "a chunked body", outcome: "bad_request", status: 400,
			request: changed(posting("{}"), func(r *http.Request) { r.ContentLength = -1 }),
		},
		{
			name: "a body with trailers, which a proxy sends chunked", outcome: "bad_request", status: 400,
			request: changed(posting("{}"), func(r *http.Request) { r.Trailer = http.Header{"X-Sum": nil} }),
		},
		{name: "a body that nests deep", request: posting(`{"x":` + strings.Repeat("[", 950) + strings.Repeat("]", 950) + "}"), outcome: "bad_request", status: 400},
		{name: "more fields than Django takes by default", request: changed(posting(strings.Repeat("a&", 1000)), func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}), outcome: "bad_request", status: 400},
		{name: "an odd target", request: func(*testSite) *http.Request { return request("//refresh", "{}") }, outcome: "bad_request", status: 404},
		{
			name: "a header with a path", outcome: "bad_request", status: 400,
			request: changed(posting("{}"), func(r *http.Request) { r.Header.Set("X-Original-Url", "/other") }),
		},
		{
			name: "a header that cuts a prefix", outcome: "bad_request", status: 400,
			request: changed(posting("{}"), func(r *http.Request) { r.Header.Set("X-Forwarded-Prefix", "/refresh") }),
		},
		{
			name: "early data", outcome: "bad_request", status: 425,
			request: changed(posting("{}"), func(r *http.Request) { r.Header.Set("Early-Data", "1") }),
		},
		{
			name: "a charset of Python's", outcome: "bad_request", status: 400,
			request: changed(posting("{"), func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=cp037") }),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ts := newReferringSite(t, func(c *Config, b *simplejwt.Config) {
				if tt.change != nil {
					tt.change(c, b)
				}
				if s, ok := tt.is.(says); ok {
					s.Store = b.Store
					b.Store = s
				}
			})
			r := tt.request(ts)
			body, length := sentBody(t, r), r.ContentLength
			backend := &french{}
			w := httptest.NewRecorder()
			if err := ts.ServeHTTP(w, r, backend); err != nil {
				t.Fatal(err)
			}
			by, bodies := "edge", []string(nil)
			if tt.status == 0 {
				by, bodies = "backend", []string{body}
				if w.Code != 401 || w.Body.String() != frenchRefusal || w.Header().Get("Content-Language") != "fr" || w.Header().Get("Www-Authenticate") != "" {
					t.Errorf("the client gets %d %v %s", w.Code, w.Header(), w.Body)
				}
			} else if w.Code != tt.status || strings.Contains(w.Body.String(), "jeton") {
				t.Errorf("the client gets %d %s, want %d in the edge's words", w.Code, w.Body, tt.status)
			}
			if diff := cmp.Diff(bodies, backend.bodies); diff != "" {
				t.Errorf("bodies at the backend (-want +got)\n%s", diff)
			}
			if r.ContentLength != length || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("Content-Length %d, want %d; Cache-Control %q", r.ContentLength, length, w.Header().Get("Cache-Control"))
			}
			if got := placeholder(r, "outcome") + " " + placeholder(r, "answered_by"); got != tt.outcome+" "+by {
				t.Errorf("placeholders say %s, want %s %s", got, tt.outcome, by)
			}
		})
	}
}

// sentBody reads the body of r and puts it back.
func sentBody(t *testing.T, r *http.Request) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	return string(body)
}

func posting(body string) func(*testSite) *http.Request {
	return func(*testSite) *http.Request { return request("/refresh", body) }
}

func refreshing(claims ...string) func(*testSite) *http.Request {
	return func(ts *testSite) *http.Request { return request("/refresh", refreshBody(ts.login(claims...))) }
}

func respelled(spell func(string) string) func(*testSite) *http.Request {
	return func(ts *testSite) *http.Request { return request("/refresh", refreshBody(spell(ts.login()))) }
}

func changed(of func(*testSite) *http.Request, change func(*http.Request)) func(*testSite) *http.Request {
	return func(ts *testSite) *http.Request {
		r := of(ts)
		change(r)
		return r
	}
}

// TestRewrittenIsNotReferred: the edge answers a request whose path another handler
// rewrote, and sends its token nowhere.
func TestRewrittenIsNotReferred(t *testing.T) {
	ts, backend := newReferringSite(t, nil), &french{}
	r := request("/refresh", "{}")
	r = r.WithContext(context.WithValue(r.Context(), caddyhttp.OriginalRequestCtxKey, *r))
	u := *r.URL
	u.Path = "/index.php"
	r.URL = &u
	w := httptest.NewRecorder()
	if err := ts.ServeHTTP(w, r, backend); err != nil || w.Code != 400 || len(backend.bodies) != 0 {
		t.Errorf("%d %s, %v; the backend got %q", w.Code, w.Body, err, backend.bodies)
	}
}

// secret stands for the tokens of an answer that nobody may get.
const secret = "SECRET"

// hostile are backends that do anything but refuse.
var hostile = []struct {
	name  string
	serve func(w http.ResponseWriter, r *http.Request) error
	level zapcore.Level
}{
	{"200", granting(200), zapcore.ErrorLevel},
	{"201", granting(201), zapcore.ErrorLevel},
	{"204", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("X-Token", secret)
		w.WriteHeader(204)
		return nil
	}, zapcore.ErrorLevel},
	{"200 without saying so", func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, secret)
		return nil
	}, zapcore.ErrorLevel},
	{"200 in pieces", func(w http.ResponseWriter, _ *http.Request) error {
		for range 3 {
			_, _ = io.WriteString(w, secret)
			_ = http.NewResponseController(w).Flush()
		}
		return nil
	}, zapcore.ErrorLevel},
	{"a flush first", func(w http.ResponseWriter, _ *http.Request) error {
		_ = http.NewResponseController(w).Flush()
		w.WriteHeader(401)
		_, err := io.WriteString(w, secret)
		return err
	}, zapcore.ErrorLevel},
	{"200 after 103", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Link", secret)
		w.WriteHeader(103)
		return granting(200)(w, r)
	}, zapcore.ErrorLevel},
	{"401 after 200", func(w http.ResponseWriter, r *http.Request) error {
		_ = granting(200)(w, r)
		return granting(401)(w, r)
	}, zapcore.ErrorLevel},
	{"200 from a copy", func(w http.ResponseWriter, _ *http.Request) error {
		_, err := io.Copy(w, strings.NewReader(strings.Repeat(secret, 1<<16)))
		return err
	}, zapcore.ErrorLevel},
	{"200 that never ends", func(w http.ResponseWriter, r *http.Request) error {
		for r.Context().Err() == nil {
			_, _ = io.WriteString(w, secret)
		}
		return r.Context().Err()
	}, zapcore.ErrorLevel},
	{"200 and a panic", func(w http.ResponseWriter, r *http.Request) error {
		_ = granting(200)(w, r)
		panic(http.ErrAbortHandler)
	}, zapcore.ErrorLevel},
	{"200 with trailers", func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Trailer", "X-Token")
		err := granting(200)(w, r)
		w.Header().Set("X-Token", secret)
		w.Header().Set(http.TrailerPrefix+"X-Token", secret)
		return err
	}, zapcore.ErrorLevel},
	{"an empty answer", func(http.ResponseWriter, *http.Request) error { return nil }, zapcore.ErrorLevel},
	{"switching protocols", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Upgrade", "websocket")
		w.WriteHeader(101)
		if _, _, err := http.NewResponseController(w).Hijack(); err == nil {
			return errors.New("the connection was hijacked")
		}
		return nil
	}, zapcore.ErrorLevel},
	{"a redirect", func(w http.ResponseWriter, r *http.Request) error {
		http.Redirect(w, r, "/refresh/?"+secret, http.StatusPermanentRedirect)
		return nil
	}, zapcore.WarnLevel},
	{"500", granting(500), zapcore.WarnLevel},
	{"503", granting(503), zapcore.WarnLevel},
	{"an error", func(http.ResponseWriter, *http.Request) error {
		return caddyhttp.Error(http.StatusBadGateway, errors.New("connection refused"))
	}, zapcore.WarnLevel},
	{"a broken connection", func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }, zapcore.WarnLevel},
	{"a hang", func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	}, zapcore.WarnLevel},
	{"401 too late", func(w http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return granting(401)(w, r)
	}, zapcore.WarnLevel},
}

// granting answers with tokens and a cookie.
func granting(status int) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Set-Cookie", "refresh="+secret)
		w.Header().Set("Content-Length", fmt.Sprint(len(secret)))
		w.WriteHeader(status)
		_, err := io.WriteString(w, secret)
		return err
	}
}

// TestNoGrantIsDelivered: whatever the backend answers to what the edge refused, the
// client gets a refusal: the edge's, unless the backend's is one. One line says so.
func TestNoGrantIsDelivered(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			ts := newReferringSite(t, nil)
			ts.referralPatience = time.Second / 10
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("X-Before", "kept")
				if err := ts.ServeHTTP(w, r, caddyhttp.HandlerFunc(tt.serve)); err != nil {
					t.Errorf("handle_errors would get %v", err)
				}
			}))
			defer server.Close()
			answer, err := http.Post(server.URL+"/refresh", "application/json", strings.NewReader(refreshBody(ts.login("exp", "1"))))
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil || answer.StatusCode != 401 || string(body) != `{"detail":"Token is invalid or expired","code":"token_not_valid"}` {
				t.Errorf("%d %s, %v", answer.StatusCode, body, err)
			}
			if all := fmt.Sprint(answer.Header, answer.Trailer); strings.Contains(all, secret) || answer.Header.Get("X-Before") != "kept" ||
				answer.Header.Get("Www-Authenticate") != `Bearer realm="api"` || answer.Header.Get("Upgrade") != "" {
				t.Errorf("the headers are %s", all)
			}
			lines := ts.logs.FilterLevelExact(tt.level).All()
			if len(lines) != 1 || !strings.HasPrefix(lines[0].Message, "the backend ") || strings.Contains(fmt.Sprint(lines), secret) {
				t.Errorf("at level %s there is %v", tt.level, lines)
			}
		})
	}
}

// TestRefusalsPass: each refusal of the backend's reaches the client as it is,
// trailers and pieces included, and one that breaks off is not passed off as whole.
func TestRefusalsPass(t *testing.T) {
	for status := 400; status < 500; status++ {
		ts := newReferringSite(t, nil)
		w := httptest.NewRecorder()
		err := ts.ServeHTTP(w, request("/refresh", "{}"), caddyhttp.HandlerFunc(granting(status)))
		if err != nil || w.Code != status || w.Body.String() != secret || w.Header().Get("Set-Cookie") == "" {
			t.Errorf("%d: %d %v %s, %v", status, w.Code, w.Header(), w.Body, err)
		}
	}
	for _, tt := range []struct {
		name  string
		serve caddyhttp.HandlerFunc
		whole bool
	}{
		{"pieces and trailers", func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("Trailer", "X-Sum")
			w.Header().Set("Cache-Control", "private")
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "un, ")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "deux")
			w.Header().Set("X-Sum", "3")
			return nil
		}, true},
		{"a panic", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "un, ")
			panic(http.ErrAbortHandler)
		}, false},
		{"an error", func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(400)
			_, _ = io.WriteString(w, "un, ")
			return errors.New("the backend is gone")
		}, false},
	} {
		ts := newReferringSite(t, nil)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := ts.ServeHTTP(w, r, tt.serve); err != nil {
				t.Errorf("%s: handle_errors would get %v", tt.name, err)
			}
		}))
		answer, err := http.Post(server.URL+"/refresh", "application/json", strings.NewReader("{}"))
		if err != nil {
			server.Close()
			if tt.whole {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if (err == nil) != tt.whole {
			t.Errorf("%s: %s, %v", tt.name, body, err)
		}
		if tt.whole && (string(body) != "un, deux" || answer.Trailer.Get("X-Sum") != "3" || answer.Header.Get("Cache-Control") != "private") {
			t.Errorf("%s: %s %v %v", tt.name, body, answer.Header, answer.Trailer)
		}
		server.Close()
	}
}

// TestForeignPanicGoesOn: a panic of another handler is not caught, and the client gets
// nothing.
func TestForeignPanicGoesOn(t *testing.T) {
	ts, w := newReferringSite(t, nil), httptest.NewRecorder()
	defer func() {
		if p := recover(); p != "fault" || w.Body.Len() != 0 {
			t.Errorf("recovered %v; the client got %q", p, w.Body)
		}
	}()
	err := ts.ServeHTTP(w, request("/refresh", "{}"), caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		_ = granting(200)(w, r)
		panic("fault")
	}))
	t.Errorf("no panic, %v", err)
}

// TestGrantsAreOurs: what the edge accepts never reaches the backend.
func TestGrantsAreOurs(t *testing.T) {
	ts, backend := newReferringSite(t, nil), &french{}
	for _, r := range []*http.Request{
		request("/refresh", refreshBody(ts.login())),
		request("/verify", `{"token":"`+ts.login()+`"}`),
		request("/blacklist", refreshBody(ts.login())),
	} {
		w := httptest.NewRecorder()
		if err := ts.ServeHTTP(w, r, backend); err != nil || w.Code != 200 || len(backend.bodies) != 0 {
			t.Errorf("%s: %d %s, %v; the backend got %q", r.URL, w.Code, w.Body, err, backend.bodies)
		}
	}
}

// FuzzWithheld: the input is a script of what the backend does to the answer. Whatever
// it does, the client gets only a refusal's status, and no part of any other answer.
func FuzzWithheld(f *testing.F) {
	f.Add([]byte{200, 'w', 'w'})
	f.Add([]byte{103, 200, 'w', 'f', 161})
	f.Add([]byte{'f', 161, 'w'})
	f.Add([]byte{161, 'w', 'f', 'p'})
	f.Add([]byte{'h', 'e'})
	f.Fuzz(func(t *testing.T, script []byte) {
		ts := newReferringSite(t, nil)
		ts.referralPatience = time.Hour
		w := httptest.NewRecorder()
		refused, begun := false, false
		begin := func(status int) {
			if !begun && (status >= 200 || status == 101) {
				begun, refused = true, status >= 400 && status < 500
			}
		}
		backend := caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			for _, step := range script {
				switch step {
				case 'w':
					begin(200)
					_, _ = io.WriteString(w, secret)
				case 'f':
					begin(200)
					_ = http.NewResponseController(w).Flush()
				case 'h':
					w.Header().Set("X-Token", secret)
				case 'e':
					return errors.New("an error")
				case 'p':
					panic(http.ErrAbortHandler)
				default:
					status := 100 + 2*int(step) // 100 to 610
					begin(status)
					w.WriteHeader(status)
				}
			}
			return nil
		})
		func() {
			defer func() {
				if p := recover(); p != nil && (p != http.ErrAbortHandler || !refused) {
					t.Errorf("panic %v", p)
				}
			}()
			if err := ts.ServeHTTP(w, request("/refresh", refreshBody(ts.login("exp", "1"))), backend); err != nil {
				t.Errorf("handle_errors would get %v", err)
			}
		}()
		got := w.Result()
		defer got.Body.Close()
		if got.StatusCode < 400 || got.StatusCode > 499 {
			t.Errorf("status %d", got.StatusCode)
		}
		if !refused && (strings.Contains(w.Body.String(), secret) || strings.Contains(fmt.Sprint(got.Header), secret) || got.StatusCode != 401) {
			t.Errorf("%d %v %s", got.StatusCode, got.Header, w.Body)
		}
	})
}
