// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

// TestRoute routes targets as they come off the wire, and targets that another handler
// rewrote.
func TestRoute(t *testing.T) {
	const (
		passes  = "passes"
		answers = "answers"
		refuses = "refuses"
	)
	rt := New(&Config{RefreshPaths: []string{"/api/token/refresh"}}).router
	header := func(name, value string) http.Header { return http.Header{name: {value}} }
	for _, tt := range []struct {
		target    string
		rewritten string // the path; empty: as it came
		header    http.Header
		want      string
	}{
		{target: "/api/token/refresh/", want: answers},
		{target: "/api/token/%72efresh", want: answers},
		{target: "/api/other", want: passes},

		{target: "/api/token/refresh/", rewritten: "/index.html", want: answers},
		{target: "/renamed", rewritten: "/api/token/refresh", want: answers},
		{target: "/renamed", rewritten: "/index.html", want: passes},
		{target: "/api/token%252frefresh", rewritten: "/index.html", want: refuses},
		{target: "/renamed", rewritten: "/x/../api/token/refresh", want: refuses},

		{target: "x:%2fapi/token/refresh/", want: refuses},
		{target: "http:%2fapi/token/refresh/", want: refuses},
		{target: "x:./api/token/refresh", want: refuses},
		{target: "x:%2fapi/token/refresh/", rewritten: "/index.html", want: refuses}, // the opaque part is what is sent on
		{target: "x:%2fapi/token/other", want: passes},
		{target: "http://host/zz/api/token/refresh", want: passes}, // sent on as /zz/api/token/refresh

		{target: "/zz/api/token/refresh/", want: passes},
		{target: "/zz/api/token/refresh/", header: header("Daphne-Root-Path", "/zz"), want: refuses},
		{target: "/zz/API/token/refresh", header: header("Script_name", "/zz"), want: refuses},
		{target: "/zz/api/token/refresh", header: header("X-Script-Name", "/zz"), want: refuses},
		{target: "/zz/api/token/refresh", header: header("X-Forwarded-Prefix", "/zz"), want: refuses},
		{target: "/zz/api/token/refresh", header: header("X-Forwarded-Script-Name", ""), want: refuses},
		{target: "/zz/api/token%2frefresh", header: header("Daphne-Root-Path", "/zz"), want: refuses},
		{target: "/zz/api/token/refresh", rewritten: "/other", header: header("Daphne-Root-Path", "/zz"), want: refuses},
		{target: "/zz/api/token/other", header: header("X-Forwarded-Prefix", "/zz"), want: passes},
		{target: "/api/token/refresh", header: header("X-Forwarded-Prefix", "/zz"), want: answers},

		{target: "/other", header: header("X-Original-Url", "/api/token/refresh/"), want: refuses},
		{target: "/other", header: header("X-Rewrite-Url", "http://host/api/token/%72efresh?x=1"), want: refuses},
		{target: "/other", header: http.Header{"X-Original-Url": {"/a", "/api//token/refresh"}}, want: refuses},
		{target: "/other", header: header("X-Original-Url", "/v1/api/token/refresh"), want: passes},
		{target: "/api/token/refresh", header: header("X-Original-Url", "/api/token/refresh"), want: answers},
	} {
		r := fromWire(t, tt.target)
		if tt.rewritten != "" {
			r.URL.Path, r.URL.RawPath = tt.rewritten, ""
		}
		r.Header = tt.header
		got := passes
		if e, exact := rt.route(r); exact {
			got = answers
		} else if e != nil {
			got = refuses
		}
		if got != tt.want {
			t.Errorf("%s, rewritten to %q, with %v: the edge %s, want %s", tt.target, tt.rewritten, tt.header, got, tt.want)
		}
	}
}

// TestEndpointAtTheRoot: "/" is a path like any other.
func TestEndpointAtTheRoot(t *testing.T) {
	rt := New(&Config{RefreshPaths: []string{""}}).router
	for path, want := range map[string]bool{"/": true, "/x": false} {
		if e, exact := rt.route(fromWire(t, path)); (e != nil && exact) != want {
			t.Errorf("%q: found %t, want %t", path, e != nil, want)
		}
	}
}

// TestRealPathsPass reads testdata/paths.txt: POST targets as APIs have them,
// with slashes, dots and all else in file names, object keys, e-mail addresses
// and ids. None of them is ours.
func TestRealPathsPass(t *testing.T) {
	data, err := os.ReadFile("testdata/paths.txt")
	if err != nil {
		t.Fatal(err)
	}
	rt := New(&Config{
		RefreshPaths: []string{"/api/token/refresh"}, VerifyPaths: []string{"/api/token/verify"}, BlacklistPaths: []string{"/api/token/blacklist"},
	}).router
	paths := strings.Fields(string(data))
	if len(paths) < 300 {
		t.Errorf("%d paths, want at least 300", len(paths))
	}
	for _, path := range paths {
		if e, _ := rt.route(fromWire(t, path)); e != nil {
			t.Errorf("%s is taken for %s", path, e.name)
		}
	}
}

// fromWire returns a POST as net/http and Caddy make it of a request line.
func fromWire(tb testing.TB, requestTarget string) *http.Request {
	tb.Helper()
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	var err error
	if r.URL, err = url.ParseRequestURI(requestTarget); err != nil {
		tb.Fatal(err)
	}
	original := *r.URL
	ctx := context.WithValue(r.Context(), caddy.ReplacerCtxKey, caddy.NewEmptyReplacer())
	ctx = context.WithValue(ctx, caddyhttp.ServerCtxKey, new(caddyhttp.Server))
	ctx = context.WithValue(ctx, caddyhttp.VarsCtxKey, map[string]any{})
	ctx = context.WithValue(ctx, caddyhttp.OriginalRequestCtxKey, http.Request{Method: r.Method, RequestURI: requestTarget, URL: &original})
	ctx = context.WithValue(ctx, caddyhttp.ExtraLogFieldsCtxKey, new(caddyhttp.ExtraLogFields))
	return r.WithContext(ctx)
}

// BenchmarkPassOdd measures a request with a browser's headers and Caddy's context, and
// one whose target has to be judged.
func BenchmarkPassOdd(b *testing.B) {
	for name, path := range map[string]string{
		"browser": "/api/articles/1234/comments", "suffix": "/v2/api/token/refresh", "escapes": "/api/files/a%2Fb%20c.txt",
	} {
		b.Run(name, func(b *testing.B) {
			r := fromWire(b, path)
			for _, name := range []string{
				"Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Content-Length", "Content-Type",
				"Cookie", "Origin", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "User-Agent",
			} {
				r.Header.Set(name, "x")
			}
			s := New(&Config{RefreshPaths: []string{"/api/token/refresh"}, VerifyPaths: []string{"/api/token/verify"}})
			next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				if err := s.ServeHTTP(w, r, next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
