// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap/zapcore"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// newRolloutSite makes a site that answers for that share of the sessions.
func newRolloutSite(t testing.TB, share float64, change func(*Config, *simplejwt.Config)) *testSite {
	t.Helper()
	ts := newTestSite(t, func(c *Config, b *simplejwt.Config) {
		c.Rollout = &Rollout{Share: share}
		if change != nil {
			change(c, b)
		}
	})
	t.Cleanup(ts.Close)
	return ts
}

// before has the site answer r with that backend behind it, and waits for the
// comparison.
func (ts *testSite) before(backend caddyhttp.Handler, r *http.Request) *httptest.ResponseRecorder {
	ts.t.Helper()
	w := httptest.NewRecorder()
	if err := ts.ServeHTTP(w, r, backend); err != nil {
		ts.t.Errorf("%s: %v", r.URL, err)
	}
	ts.rollout.behind.Wait()
	return w
}

// found returns the findings so far: the results, rows and reasons with their numbers,
// and the names of the latest difference.
func (ts *testSite) found() (all map[string]uint64, names []string) {
	all = map[string]uint64{}
	for _, c := range compare.Read().Compared {
		if c.Name != ts.Name {
			continue
		}
		all["same"] += c.Same
		all["differs"] += c.Differs
		for row, n := range c.Listed {
			all[row] += n
		}
		for reason, n := range c.Skipped {
			all[reason] += n
		}
	}
	for name, n := range all {
		if n == 0 {
			delete(all, name)
		}
	}
	for _, d := range compare.Read().Differences {
		if d.Name == ts.Name {
			return all, d.Names
		}
	}
	return all, nil
}

// stateless takes the store away.
func stateless(c *Config, b *simplejwt.Config) {
	c.SingleUse, c.BlacklistPaths = false, nil
	b.Store, b.BlacklistAfterRotation, b.ReuseGrace, b.ReuseDetection = nil, false, 0, false
}

// TestCompared: at 0% the backend answers, and the edge names what its own answer would
// have differed in. The backend is another site, with other settings.
func TestCompared(t *testing.T) {
	otherKey, err := simplejwt.NewKey("HS256", []byte("another-key-of-more-than-thirty-two-bytes"), false)
	if err != nil {
		t.Fatal(err)
	}
	refresh := func(django *testSite) *http.Request {
		return request("/refresh", `{"refresh":"`+django.login("name", `"Zo\u00eb"`)+`"}`)
	}
	for _, tt := range []struct {
		name         string
		django, edge func(*Config, *simplejwt.Config) // what is changed
		ask          func(django *testSite) *http.Request
		found        string
		names        []string
	}{
		{"a refresh", nil, nil, refresh, "same", nil},
		{"a wrong lifetime", nil, func(_ *Config, b *simplejwt.Config) { b.AccessTokenLifetime = time.Hour }, refresh, "differs", []string{"access.exp"}},
		{"a wrong refresh lifetime", func(_ *Config, b *simplejwt.Config) { b.RefreshTokenLifetime = 2 * time.Hour }, nil, refresh, "differs", []string{"refresh.exp"}},
		{
			"a wrong key", nil, func(_ *Config, b *simplejwt.Config) { b.SigningKey = otherKey }, refresh, "differs",
			[]string{"status", "signature"},
		},
		{
			"a wrong audience", nil, func(_ *Config, b *simplejwt.Config) { b.Audience = []string{"api"} }, refresh, "differs",
			[]string{"status", "access.aud", "refresh.aud"},
		},
		{
			"a wrong name of a claim", nil, func(_ *Config, b *simplejwt.Config) { b.JTIClaim = "id" }, refresh, "differs",
			[]string{"status", "access.jti", "access.id", "refresh.id", "refresh.jti"},
		},
		{"no rotation", func(_ *Config, b *simplejwt.Config) { b.RotateRefreshTokens = false }, nil, refresh, "differs", []string{"body.refresh"}},
		{"another release", func(_ *Config, b *simplejwt.Config) { b.Release = release.MustNamed("5.5") }, nil, func(django *testSite) *http.Request {
			return request("/refresh", `{"refresh":"`+django.login("exp", "1")+`"}`)
		}, "differs", []string{"body.detail"}},
		{"another challenge", func(c *Config, _ *simplejwt.Config) { c.Challenge = `JWT realm="api"` }, nil, func(*testSite) *http.Request {
			return request("/refresh", `{"refresh":"x"}`)
		}, "differs", []string{"Www-Authenticate"}},
		{"no token", nil, nil, func(*testSite) *http.Request { return request("/refresh", `{}`) }, "same", nil},
		{"no body", nil, nil, func(*testSite) *http.Request { return request("/refresh", ``) }, "same", nil},
		{"a body of another type", nil, nil, func(*testSite) *http.Request {
			r := request("/refresh", `x`)
			r.Header.Set("Content-Type", "text/plain")
			return r
		}, "same", nil},
		{"a verification", nil, nil, func(django *testSite) *http.Request {
			return request("/verify", `{"token":"`+django.login()+`"}`)
		}, "same", nil},
		{"an odd target", nil, nil, func(*testSite) *http.Request { return request("//refresh", `{}`) }, "target", nil},
		{"a token at its end", func(_ *Config, b *simplejwt.Config) { b.Leeway = time.Minute }, nil, func(django *testSite) *http.Request {
			return request("/refresh", `{"refresh":"`+django.login("exp", fmt.Sprint(time.Now().Unix()-1))+`"}`)
		}, "expiry", nil},
		{"a token that ended before", func(_ *Config, b *simplejwt.Config) { b.Leeway = time.Minute }, nil, func(django *testSite) *http.Request {
			return request("/refresh", `{"refresh":"`+django.login("exp", fmt.Sprint(time.Now().Unix()-10))+`"}`)
		}, "differs", []string{"status"}},
		{"early data", nil, func(c *Config, _ *simplejwt.Config) { c.SingleUse = true }, func(django *testSite) *http.Request {
			r := refresh(django)
			r.Header.Set("Early-Data", "1")
			return r
		}, "early-data", []string{"status"}},
		{"a session that is over", nil, func(_ *Config, b *simplejwt.Config) { b.SessionLifetime = time.Minute }, func(django *testSite) *http.Request {
			return request("/refresh", `{"refresh":"`+django.login("iat", "1")+`"}`)
		}, "session-end", []string{"status"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both := func(change func(*Config, *simplejwt.Config)) func(*Config, *simplejwt.Config) {
				return func(c *Config, b *simplejwt.Config) {
					if stateless(c, b); change != nil {
						change(c, b)
					}
				}
			}
			django, edge := newTestSite(t, both(tt.django)), newRolloutSite(t, 0, both(tt.edge))
			direct, r := httptest.NewRecorder(), tt.ask(django)
			w := edge.before(caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
				return django.behindEdge().ServeHTTP(twice{w, direct}, r)
			}), r)
			found, names := edge.found()
			if diff := cmp.Diff(map[string]uint64{tt.found: 1}, found); diff != "" {
				t.Errorf("found (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tt.names, names); diff != "" {
				t.Errorf("names (-want +got)\n%s", diff)
			}
			if warned := edge.logs.FilterLevelExact(zapcore.WarnLevel).Len(); warned != int(found["differs"]) {
				t.Errorf("%d lines, want one for each difference", warned)
			}
			if strings.Contains(fmt.Sprint(edge.logs.All()), django.login()[:20]) {
				t.Error("the log holds a token")
			}
			if w.Code != direct.Code || w.Body.String() != direct.Body.String() {
				t.Errorf("the client gets %d %s, want %d %s", w.Code, w.Body, direct.Code, direct.Body)
			}
		})
	}
}

// twice writes to the client and to a copy.
type twice struct {
	http.ResponseWriter
	direct *httptest.ResponseRecorder
}

func (t twice) WriteHeader(status int) {
	t.direct.WriteHeader(status)
	t.ResponseWriter.WriteHeader(status)
}

func (t twice) Write(p []byte) (int, error) {
	t.direct.Write(p)
	return t.ResponseWriter.Write(p)
}

// behindEdge is the site as a backend: it answers whatever comes.
func (ts *testSite) behindEdge() caddyhttp.Handler {
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return ts.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) error {
			w.WriteHeader(http.StatusNotFound)
			return nil
		}))
	})
}

// TestPassed: the backend gets the request unchanged, and the client gets the backend's
// answer unchanged.
func TestPassed(t *testing.T) {
	large := strings.Repeat("x", 100<<10)
	reads := errors.New("the body broke off")
	for _, tt := range []struct {
		name   string
		body   io.Reader
		length int64
		sent   string // what the backend has to see
		answer func(w http.ResponseWriter)
		found  map[string]uint64
	}{
		{"a large body", strings.NewReader(large), int64(len(large)), large, nil, map[string]uint64{"max_body": 1}},
		{"a large body in chunks", strings.NewReader(large), -1, large, nil, map[string]uint64{"max_body": 1}},
		{"a body that breaks off", io.MultiReader(strings.NewReader("{"), iotest.ErrReader(reads)), 100, "{", nil, map[string]uint64{"body": 1}},
		{"an error of the server", strings.NewReader("{}"), 2, "{}", func(w http.ResponseWriter) { w.WriteHeader(502) }, map[string]uint64{"server_error": 1}},
		{"a large answer", strings.NewReader("{}"), 2, "{}", func(w http.ResponseWriter) { fmt.Fprint(w, large) }, map[string]uint64{"large_answer": 1}},
		{"an encoded answer", strings.NewReader("{}"), 2, "{}", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			fmt.Fprint(w, "\x1f\x8b")
		}, map[string]uint64{"encoded": 1}},
		{"an answer in pieces", strings.NewReader("{}"), 2, "{}", func(w http.ResponseWriter) {
			w.Header().Set("Vary", "Accept, Origin")
			w.Header()["X-Two"] = []string{"a", "b"}
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusBadRequest)
			for _, piece := range []string{`{"ref`, `resh":["This field`, ` is required."]}`} {
				_, _ = io.Copy(w, strings.NewReader(piece))
				_ = http.NewResponseController(w).Flush()
			}
		}, map[string]uint64{"differs": 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edge := newRolloutSite(t, 0, stateless)
			var direct *httptest.ResponseRecorder
			r := request("/refresh", "")
			r.Body, r.ContentLength = io.NopCloser(tt.body), tt.length
			w := edge.before(caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
				got, err := io.ReadAll(r.Body)
				if string(got) != tt.sent || r.ContentLength != tt.length || err != nil && !errors.Is(err, reads) {
					t.Errorf("the backend reads %d bytes of %d, %v; want %d", len(got), r.ContentLength, err, len(tt.sent))
				}
				if (err != nil) != (tt.found["body"] == 1) {
					t.Errorf("reading ends with %v", err)
				}
				direct = httptest.NewRecorder()
				if tt.answer != nil {
					tt.answer(direct)
					tt.answer(w)
				}
				return nil
			}), r)
			if diff := cmp.Diff(direct.Result().Header, w.Result().Header); diff != "" || direct.Code != w.Code || direct.Body.String() != w.Body.String() {
				t.Errorf("the client gets %d with %d bytes, want %d with %d; %s", w.Code, w.Body.Len(), direct.Code, direct.Body.Len(), diff)
			}
			found, _ := edge.found()
			if diff := cmp.Diff(tt.found, found); diff != "" {
				t.Errorf("found (-want +got)\n%s", diff)
			}
		})
	}
}

// TestPassedAndBroken: an error or a panic of the handlers behind is passed on.
func TestPassedAndBroken(t *testing.T) {
	edge := newRolloutSite(t, 0, nil)
	body := `{"refresh":"` + edge.login() + `"}`
	err := edge.ServeHTTP(httptest.NewRecorder(), request("/refresh", body), caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errPassed }))
	if !errors.Is(err, errPassed) {
		t.Errorf("%v, want the error of the handler behind", err)
	}
	func() {
		defer func() {
			if r := recover(); r != http.ErrAbortHandler {
				t.Errorf("recovered %v", r)
			}
		}()
		_ = edge.ServeHTTP(httptest.NewRecorder(), request("/refresh", body), caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }))
	}()
	found, _ := edge.found()
	if diff := cmp.Diff(map[string]uint64{"broken_off": 2}, found); diff != "" {
		t.Errorf("found (-want +got)\n%s", diff)
	}
	if n := len(edge.rollout.flights.under); n != 0 {
		t.Errorf("%d tokens are still thought to be with the backend", n)
	}
}

// TestInShare: the share is exact, whatever the shape of the ids, and a larger share
// has everybody of a smaller one.
func TestInShare(t *testing.T) {
	const users = 10_000
	for shape, id := range map[string]string{"numbers": "%d", "texts": "user-%d@example.com", "UUIDs": "6f1c2a34-0000-4000-8000-%012x"} {
		for _, share := range []float64{0, .005, .3, .5, .999} {
			n := 0
			for user := range users {
				name := fmt.Appendf(nil, id, user)
				if !InShare(name, share) {
					continue
				}
				if n++; !InShare(name, share+.001) {
					t.Errorf("%s: %s leaves as the share grows from %v", shape, name, share)
				}
			}
			if got := float64(n) / users; got < share-.02 || got > share+.02 || share == 0 && n > 0 {
				t.Errorf("%s: %v of the users at a share of %v", shape, got, share)
			}
		}
	}
}
