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

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// discard is a ResponseWriter that keeps nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkServe is a refresh from the request that net/http has read to the
// answer that it writes: all that is ours of a request.
func BenchmarkServe(b *testing.B) {
	h := provisioned(b, &Handler{SimpleJWTVersion: "5.5"})
	key, err := simplejwt.NewKey("HS256", []byte(testKey), false)
	if err != nil {
		b.Fatal(err)
	}
	issuer, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.5"), SigningKey: key, RefreshTokenLifetime: time.Hour,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		b.Fatal(err)
	}
	token, err := issuer.NewRefreshToken([]simplejwt.Claim{{Name: "user_id", Value: []byte(`"1"`)}}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	body := strings.NewReader("")
	r := httptest.NewRequest(http.MethodPost, "/api/token/refresh/", http.NoBody)
	r.Header.Set("Content-Type", "application/json")
	r.Body = io.NopCloser(body)
	r.ContentLength = int64(len(refreshBody(token)))
	server := new(caddyhttp.Server) // without an access log
	w := &discard{header: make(http.Header)}
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(refreshBody(token))
		ctx := context.WithValue(b.Context(), caddy.ReplacerCtxKey, caddy.NewEmptyReplacer())
		ctx = context.WithValue(ctx, caddyhttp.ServerCtxKey, server)
		clear(w.header)
		if err := h.ServeHTTP(w, r.WithContext(ctx), next); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPassThrough is what an ordinary request costs that is not ours.
func BenchmarkPassThrough(b *testing.B) {
	for _, method := range []string{"GET", "POST"} {
		b.Run(method, func(b *testing.B) {
			benchmarkPass(b, httptest.NewRequest(method, "/api/articles/1234/comments", http.NoBody))
		})
	}
}

func benchmarkPass(b *testing.B, r *http.Request) {
	h := provisioned(b, &Handler{VerifyPath: []string{"/api/token/verify"}})
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	w := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		if err := h.ServeHTTP(w, r, next); err != nil {
			b.Fatal(err)
		}
	}
}
