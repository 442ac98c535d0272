// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

const testKey = "a-key-of-more-than-thirty-two-bytes-for-tests"

// testSite is a site whose refresh tokens work once, with all endpoints and a
// store in memory.
type testSite struct {
	*Site
	memory *storetest.Memory
	logs   *observer.ObservedLogs
	events []map[string]any
	t      testing.TB
}

// newTestSite makes a site. change may be nil.
func newTestSite(t testing.TB, change func(*Config, *simplejwt.Config)) *testSite {
	t.Helper()
	key, err := simplejwt.NewKey("HS256", []byte(testKey), false)
	if err != nil {
		t.Fatal(err)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	ts := &testSite{memory: storetest.NewMemory(nil), logs: logs, t: t}
	backend := &simplejwt.Config{
		Release: release.MustNamed("5.3"), SigningKey: key,
		AccessTokenLifetime: time.Minute, RefreshTokenLifetime: time.Hour,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti", RevokeTokenClaim: "hash_password",
		Store: ts.memory, StoreName: "shop", RotateRefreshTokens: true, BlacklistAfterRotation: true,
		ReuseGrace: time.Minute, ReuseDetection: true, CheckUserIsActive: true,
	}
	config := &Config{
		Name:         t.Name(),
		Release:      backend.Release,
		RefreshPaths: []string{"/refresh"}, VerifyPaths: []string{"/verify"}, BlacklistPaths: []string{"/blacklist"},
		SingleUse: true, MaxBody: 4096, Challenge: `Bearer realm="api"`, Logger: zap.New(core), Now: time.Now,
		Emit: func(event string, data map[string]any) {
			if event != "token_refresh_reuse" {
				t.Errorf("event %q", event)
			}
			ts.events = append(ts.events, data)
		},
	}
	if change != nil {
		change(config, backend)
	}
	if config.Backend, err = simplejwt.New(backend); err != nil {
		t.Fatal(err)
	}
	ts.Site = New(config)
	return ts
}

// saysOfUsers is a [simplejwt.UserCheck] with one answer.
type saysOfUsers struct {
	active bool
	err    error
}

func (s saysOfUsers) Check(context.Context, string) (bool, error) { return s.active, s.err }

// login returns a refresh token with these claims besides, as name and JSON.
func (ts *testSite) login(claims ...string) string {
	ts.t.Helper()
	extra := []simplejwt.Claim{{Name: "user_id", Value: []byte("1")}}
	for i := 0; i < len(claims); i += 2 {
		extra = append(extra, simplejwt.Claim{Name: claims[i], Value: []byte(claims[i+1])})
	}
	token, err := ts.Backend.NewRefreshToken(extra, time.Now())
	if err != nil {
		ts.t.Fatal(err)
	}
	return token
}

var errPassed = errors.New("passed on")

// request returns a POST as Caddy's server hands it on.
func request(path, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	ctx := context.WithValue(r.Context(), caddy.ReplacerCtxKey, caddy.NewEmptyReplacer())
	ctx = context.WithValue(ctx, caddyhttp.ServerCtxKey, &caddyhttp.Server{Logs: new(caddyhttp.ServerLogConfig)})
	ctx = context.WithValue(ctx, caddyhttp.VarsCtxKey, map[string]any{caddyhttp.ClientIPVarKey: "192.0.2.7"})
	ctx = context.WithValue(ctx, caddyhttp.ExtraLogFieldsCtxKey, new(caddyhttp.ExtraLogFields))
	return r.WithContext(ctx)
}

// serve has the site answer r.
func (ts *testSite) serve(r *http.Request) (*httptest.ResponseRecorder, error) {
	w := httptest.NewRecorder()
	err := ts.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return errPassed }))
	return w, err
}

// placeholder returns what a placeholder stands for once r is answered.
func placeholder(r *http.Request, name string) string {
	return r.Context().Value(caddy.ReplacerCtxKey).(*caddy.Replacer).ReplaceAll("{http.token_refresh."+name+"}", "")
}

// says is a store that gives one answer to everything.
type says struct {
	store.Store
	answer store.Answer
	err    error
}

func (s says) Check(context.Context, *store.Check) (store.Answer, error) { return s.answer, s.err }
func (s says) Spend(context.Context, *store.Spend) (store.Answer, error) { return s.answer, s.err }
