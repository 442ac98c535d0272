// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// serving returns a function that has an edge answer a request of that method as
// net/http and Caddy have read it, a refresh where it is POST. Nothing is logged.
func serving(tb testing.TB, method string) func() {
	tb.Helper()
	h := provisioned(tb, &Handler{SimpleJWTVersion: "5.5"})
	h.site.Logger = zap.NewNop()
	key, err := simplejwt.NewKey("HS256", []byte(testKey), false)
	if err != nil {
		tb.Fatal(err)
	}
	issuer, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.5"), SigningKey: key, RefreshTokenLifetime: time.Hour,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		tb.Fatal(err)
	}
	token, err := issuer.NewRefreshToken([]simplejwt.Claim{{Name: "user_id", Value: []byte(`"1"`)}}, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	text := refreshBody(token)
	body := strings.NewReader("")
	r := httptest.NewRequest(method, "/api/token/refresh/", http.NoBody)
	r.Header.Set("Content-Type", "application/json")
	r.Body = io.NopCloser(body)
	r.ContentLength = int64(len(text))
	server := new(caddyhttp.Server) // without an access log
	w := &discard{header: make(http.Header)}
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	placeholders := func(string) (any, bool) { return nil, false }
	return func() {
		body.Reset(text)
		replacer := caddy.NewReplacer()
		replacer.Map(placeholders) // as Caddy's server does
		ctx := context.WithValue(tb.Context(), caddy.ReplacerCtxKey, replacer)
		ctx = context.WithValue(ctx, caddyhttp.ServerCtxKey, server)
		clear(w.header)
		if err := h.ServeHTTP(w, r.WithContext(ctx), next); err != nil {
			tb.Fatal(err)
		}
		if method == http.MethodPost && w.header["Content-Length"] == nil {
			tb.Fatal("nothing was answered")
		}
	}
}

// BenchmarkServe is a refresh from the request that net/http has read to the
// answer that it writes: all that is ours of a request, and what makes the request.
// BenchmarkServeNothing is the latter alone.
func BenchmarkServe(b *testing.B) {
	serve := serving(b, http.MethodPost)
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}

func BenchmarkServeNothing(b *testing.B) {
	serve := serving(b, http.MethodGet)
	b.ReportAllocs()
	for b.Loop() {
		serve()
	}
}

// BenchmarkPassThrough is what an ordinary request costs that is not ours.
func BenchmarkPassThrough(b *testing.B) {
	for _, method := range []string{"GET", "POST"} {
		b.Run(method, func(b *testing.B) {
			benchmarkPass(b, &Handler{}, httptest.NewRequest(method, "/api/articles/1234/comments", http.NoBody))
		})
	}
}

// otherCookies are those of an ordinary request, none of which is ours.
const otherCookies = "csrftoken=abcdefghijklmnopqrstuvwxyz012345; theme=dark; _ga=GA1.1.1234567890.1234567890"

// BenchmarkPassThroughCookies is the same at a site that keeps tokens in cookies, for a
// request with other cookies.
func BenchmarkPassThroughCookies(b *testing.B) {
	for _, method := range []string{"GET", "POST"} {
		b.Run(method, func(b *testing.B) {
			r := httptest.NewRequest(method, "/api/articles/1234/comments", http.NoBody)
			r.Header.Set("Cookie", otherCookies)
			benchmarkPass(b, &Handler{Cookies: &cookie.Settings{AccessCookie: "__Host-access"}}, r)
		})
	}
}

func benchmarkPass(b *testing.B, h *Handler, r *http.Request) {
	h.VerifyPath = []string{"/api/token/verify"}
	h = provisioned(b, h)
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		if err := h.ServeHTTP(w, r, next); err != nil {
			b.Fatal(err)
		}
	}
}
