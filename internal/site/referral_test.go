// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
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
		{
			name: "a user whom user_check refuses, with a release that checks users", request: refreshing(), outcome: "user_refused",
			change: func(_ *Config, b *simplejwt.Config) {
				b.Release, b.UserCheck = release.MustNamed("5.5"), saysOfUsers{}
			},
		},
		{
			name: "a user whom only user_check refuses", request: refreshing(), outcome: "user_refused", status: 401,
			change: func(_ *Config, b *simplejwt.Config) { b.UserCheck = saysOfUsers{} },
		},
		{
			name: "a user whom nobody knows", request: refreshing(), outcome: "user_check_error", status: 503,
			change: func(_ *Config, b *simplejwt.Config) { b.UserCheck = saysOfUsers{err: errors.New("no route")} },
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
