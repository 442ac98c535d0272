// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestEndpointAtTheRoot: "/" is a path like any other.
func TestEndpointAtTheRoot(t *testing.T) {
	h := provisioned(t, &Handler{RefreshPath: []string{"/"}})
	for path, want := range map[string]bool{"/": true, "/x": false} {
		if e, exact := h.endpoints.find(path); (e != nil && exact) != want {
			t.Errorf("%q: found %t, want %t", path, e != nil, want)
		}
	}
}

func FuzzFindEndpoint(f *testing.F) {
	for _, seed := range []string{"/api/token/refresh", "//api/token/refresh/", "/a/../api/token/refresh", "", "\n"} {
		f.Add(seed)
	}
	es := make(endpoints)
	if err := es.add("refresh_path", []string{defaultRefreshPath}, &endpoint{name: "refresh"}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, p string) {
		e, exact := es.find(p)
		if literal := p == defaultRefreshPath || p == defaultRefreshPath+"/"; exact != literal {
			t.Errorf("find(%q) is exact: %t", p, exact)
		}
		// Whatever a proxy or Django may make of p, the endpoint is ours.
		if cleaned := strings.TrimSuffix(cleanAsProxiesDo(p), "/"); cleaned == defaultRefreshPath && e == nil {
			t.Errorf("find(%q) lets it through", p)
		}
	})
}

// cleanAsProxiesDo resolves p segment by segment, other than path.Clean does.
func cleanAsProxiesDo(p string) string {
	var kept []string
	for segment := range strings.SplitSeq(p, "/") {
		switch segment {
		case "", ".":
		case "..":
			kept = kept[:max(len(kept)-1, 0)]
		default:
			kept = append(kept, segment)
		}
	}
	return "/" + strings.Join(kept, "/")
}

func BenchmarkPassThrough(b *testing.B) {
	h := provisioned(b, &Handler{})
	next := caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error { return nil })
	for _, method := range []string{"GET", "POST"} {
		b.Run(method, func(b *testing.B) {
			r := httptest.NewRequest(method, "/api/articles/1234/comments", io.NopCloser(nil))
			w := httptest.NewRecorder()
			b.ReportAllocs()
			for b.Loop() {
				if err := h.ServeHTTP(w, r, next); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
