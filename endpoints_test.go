// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
)

const testKey = "a-key-of-more-than-thirty-two-bytes-for-tests"

// provisioned returns h as Caddy would have made it ready.
func provisioned(tb testing.TB, h *Handler) *Handler {
	tb.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: tb.Context()})
	tb.Cleanup(cancel)
	if h.SigningKey == "" {
		tb.Setenv("TEST_KEY", testKey)
		h.SigningKey = "{env.TEST_KEY}"
	}
	tb.Cleanup(func() {
		if err := h.Cleanup(); err != nil {
			tb.Error(err)
		}
	})
	if err := h.Provision(ctx); err != nil {
		tb.Fatal(err)
	}
	if err := h.Validate(); err != nil {
		tb.Fatal(err)
	}
	return h
}

// TestWhatIsOurs asks of each method and path who answers. A request that Django
// would take for a POST to its own view must never get through.
func TestWhatIsOurs(t *testing.T) {
	const passes = 0 // the next handler answers
	tests := []struct {
		method, path string
		want         int
	}{
		{"POST", "/api/token/refresh", 400},
		{"POST", "/api/token/refresh/", 400},
		{"POST", "/api/token/verify", 400},
		{"POST", "/second", 400},
		{"post", "/api/token/refresh", 400},
		{"Post", "/api/token/refresh/", 400},
		{"pOsT", "/api/token/refresh/", 400},

		// What the path would be once something cleaned it.
		{"POST", "//api/token/refresh", 404},
		{"POST", "/api//token/refresh", 404},
		{"POST", "/api/token/refresh//", 404},
		{"POST", "/./api/token/refresh", 404},
		{"POST", "/api/token/./refresh", 404},
		{"POST", "/api/token/refresh/.", 404},
		{"POST", "/x/../api/token/refresh", 404},
		{"POST", "/../api/token/refresh", 404},
		{"POST", "/api/token/refresh/x/..", 404},
		{"POST", "/api/token/refresh\n", 404}, // a URLconf's $ matches before it
		{"POST", "/api/token/refresh/\n", 404},
		{"POST", "api/token/refresh", 404},
		{"post", "//api/token/refresh", 404},

		{"POST", "/api/token", passes},
		{"POST", "/api/token/refresh/x", passes},
		{"POST", "/api/token/refreshx", passes},
		{"POST", "/API/token/refresh", passes},
		{"POST", "/x//y/../z", passes},
		{"POST", "/api/token//../refresh", 404},
		{"POST", "/", passes},
		{"POST", "", passes},
		{"POST", "*", passes},
		{"POSTS", "/api/token/refresh", passes},
		{"GET", "/api/token/refresh", passes},
		{"HEAD", "/api/token/refresh", passes},
		{"PUT", "/api/token/refresh", passes},
		{"PATCH", "/api/token/refresh", passes},
		{"DELETE", "/api/token/refresh", passes},
		{"OPTIONS", "/api/token/refresh/", passes},
		{"TRACE", "/api/token/refresh", passes},
	}
	h := provisioned(t, &Handler{
		RefreshPath: []string{"/api/token/refresh", "/second/"},
		VerifyPath:  []string{"/api/token/verify"},
	})
	for _, tt := range tests {
		passed := false
		next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
			passed = true
			return nil
		})
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Method, r.URL.Path = tt.method, tt.path
		w := httptest.NewRecorder()
		if err := h.ServeHTTP(w, r, next); err != nil {
			t.Errorf("%s %q: %v", tt.method, tt.path, err)
		}
		switch {
		case passed != (tt.want == passes):
			t.Errorf("%s %q: passed on: %t", tt.method, tt.path, passed)
		case !passed && w.Code != tt.want:
			t.Errorf("%s %q: status %d, want %d", tt.method, tt.path, w.Code, tt.want)
		}
	}
}
