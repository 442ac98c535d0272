// SPDX-License-Identifier: Apache-2.0

package site

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap/zapcore"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// TestLevels: what clients cause is Debug, what ends a session Info, suspected theft
// Warn. Our own faults are Error once a second, else Debug.
func TestLevels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ts := newTestSite(t, nil)
		for o := range outcomes {
			want := outcomes[o].level
			ts.log(&record{endpoint: "refresh", outcome: outcome(o)}, errors.New("why"))
			entries := ts.logs.TakeAll()
			if len(entries) != 1 || entries[0].Level != want || entries[0].ContextMap()["error"] != "why" {
				t.Errorf("%s is logged as %+v, want %s", outcome(o), entries, want)
			}
		}
		for _, tt := range []struct {
			pause time.Duration
			want  zapcore.Level
		}{{0, zapcore.DebugLevel}, {999 * time.Millisecond, zapcore.DebugLevel}, {2 * time.Millisecond, zapcore.ErrorLevel}, {0, zapcore.DebugLevel}} {
			time.Sleep(tt.pause)
			for _, fault := range []outcome{storeError, userUnknown} { // one does not hide the other
				ts.log(&record{outcome: fault}, nil)
				if got := ts.logs.TakeAll()[0].Level; got != tt.want {
					t.Errorf("%s after another %s: %s, want %s", fault, tt.pause, got, tt.want)
				}
			}
		}
	})
}

// TestLongIDs: each id is logged up to 255 bytes, however long the other is.
func TestLongIDs(t *testing.T) {
	long := strings.Repeat("u", 254)
	for _, tt := range []struct{ jti, user, wantUser string }{
		{"j", long + "v", long + "v"},
		{"j", long + "vw", long + "v"},
		{strings.Repeat("j", 90), "user", "user"},
		{strings.Repeat("j", 255), long + "vw", long + "v"},
	} {
		ts := newTestSite(t, func(_ *Config, c *simplejwt.Config) { c.Store = nil })
		r := request("/refresh", `{"refresh":"`+ts.login("jti", `"`+tt.jti+`"`, "user_id", `"`+tt.user+`"`)+`"}`)
		if w, err := ts.serve(r); err != nil || w.Code != 200 {
			t.Fatalf("%d %s, %v", w.Code, w.Body, err)
		}
		if jti, user := placeholder(r, "jti"), placeholder(r, "user_id"); jti != tt.jti || user != tt.wantUser {
			t.Errorf("jti %q, user %q; want %q, %q", jti, user, tt.jti, tt.wantUser)
		}
	}
}

// TestAccessLog: the field is made unless the server has no access log. Without Caddy's
// context nothing fails.
func TestAccessLog(t *testing.T) {
	ts := newTestSite(t, nil)
	for name, tt := range map[string]struct {
		server *caddyhttp.Server
		want   bool
	}{
		"no log":    {new(caddyhttp.Server), false},
		"a log":     {&caddyhttp.Server{Logs: new(caddyhttp.ServerLogConfig)}, true},
		"no server": {nil, true},
	} {
		extra := new(caddyhttp.ExtraLogFields)
		r := request("/refresh", "{}")
		ctx := context.WithValue(context.Background(), caddyhttp.ExtraLogFieldsCtxKey, extra)
		if tt.server != nil {
			ctx = context.WithValue(ctx, caddyhttp.ServerCtxKey, tt.server)
		}
		if w, err := ts.serve(r.WithContext(ctx)); err != nil || w.Code != 400 {
			t.Fatalf("%s: %d, %v", name, w.Code, err)
		}
		if n := reflect.ValueOf(extra).Elem().FieldByName("fields").Len(); (n == 1) != tt.want {
			t.Errorf("%s: %d fields, want one: %t", name, n, tt.want)
		}
	}
	if w, err := ts.serve(request("/refresh", "{}").WithContext(context.WithValue(context.Background(), caddy.ReplacerCtxKey, nil))); err != nil || w.Code != 400 {
		t.Errorf("without Caddy: %d, %v", w.Code, err)
	}
}

// TestMetrics counts a request under its endpoint and outcome, and its time.
func TestMetrics(t *testing.T) {
	// Counters live as long as the process, which may run the test more than once.
	ts := newTestSite(t, func(c *Config, _ *simplejwt.Config) { c.Name = rand.Text() })
	for range 2 {
		if _, err := ts.serve(request("/verify", "{}")); err != nil {
			t.Fatal(err)
		}
	}
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			labels := map[string]string{}
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			if labels["name"] == ts.Name {
				key := family.GetName() + " " + labels["endpoint"] + " " + labels["outcome"]
				got[key] = metric.GetCounter().GetValue() + float64(metric.GetHistogram().GetSampleCount())
				if sum := metric.GetHistogram().GetSampleSum(); sum < 0 || sum > 60 {
					t.Errorf("two requests took %v seconds", sum)
				}
			}
		}
	}
	for key, want := range map[string]float64{
		"caddy_token_refresh_requests_total verify bad_request":  2,
		"caddy_token_refresh_requests_total verify verified":     0,
		"caddy_token_refresh_requests_total refresh bad_request": 0,
		"caddy_token_refresh_duration_seconds verify ":           2,
		"caddy_token_refresh_duration_seconds refresh ":          0,
	} {
		if value, ok := got[key]; !ok || value != want {
			t.Errorf("%s is %v (%t), want %v", key, value, ok, want)
		}
	}
}
