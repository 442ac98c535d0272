// SPDX-License-Identifier: Apache-2.0

package cors

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "https://app.example.com"

func TestIsPreflight(t *testing.T) {
	for _, tt := range []struct {
		method, asked string
		want          bool
	}{
		{"OPTIONS", "POST", true},
		{"OPTIONS", "", false},
		{"OPTIONS", "DELETE", false},
		{"OPTIONS", "post", false},
		{"POST", "POST", false},
		{"GET", "POST", false},
	} {
		r := httptest.NewRequest(tt.method, "/", nil)
		if tt.asked != "" {
			r.Header.Set("Access-Control-Request-Method", tt.asked)
		}
		if got := IsPreflight(r); got != tt.want {
			t.Errorf("%s for %q: %t", tt.method, tt.asked, got)
		}
	}
}

func TestAllow(t *testing.T) {
	r := httptest.NewRequest("OPTIONS", "/", nil)
	r.Header = http.Header{"Origin": {page}, "Access-Control-Request-Headers": {"content-type", "x-a, x-b"}}
	w := httptest.NewRecorder()
	w.Header().Set("Access-Control-Allow-Origin", "*") // as a header rule of the site sets it
	w.Header().Set("Vary", "Accept, origin")
	Allow(w, r)
	want := http.Header{
		"Access-Control-Allow-Origin":      {page},
		"Access-Control-Allow-Credentials": {"true"},
		"Access-Control-Allow-Methods":     {"POST"},
		"Access-Control-Allow-Headers":     {"content-type, x-a, x-b"},
		"Access-Control-Max-Age":           {"7200"},
		"Vary":                             {"Accept, origin"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" || w.Code != http.StatusNoContent || w.Body.Len() > 0 {
		t.Errorf("%d %q, -want +got\n%s", w.Code, w.Body, diff)
	}

	r.Header.Del("Access-Control-Request-Headers")
	w = httptest.NewRecorder()
	Allow(w, r)
	delete(want, "Access-Control-Allow-Headers")
	want.Set("Vary", "Origin")
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Errorf("no header is asked for: -want +got\n%s", diff)
	}
}

func TestExpose(t *testing.T) {
	ours := func(vary ...string) http.Header {
		return http.Header{
			"Access-Control-Allow-Origin":      {page},
			"Access-Control-Allow-Credentials": {"true"},
			"Access-Control-Expose-Headers":    {"Retry-After"},
			"Vary":                             vary,
		}
	}
	for name, tt := range map[string]struct{ header, want http.Header }{
		"nothing there":     {http.Header{}, ours("Origin")},
		"another Vary":      {http.Header{"Vary": {"Accept"}}, ours("Accept", "Origin")},
		"a Vary on Origin":  {http.Header{"Vary": {"Accept", "Cookie, ORIGIN"}}, ours("Accept", "Cookie, ORIGIN")},
		"a Vary on all":     {http.Header{"Vary": {"*"}}, ours("*")},
		"a name like it":    {http.Header{"Vary": {"X-Origin"}}, ours("X-Origin", "Origin")},
		"the backend's own": {http.Header{"Access-Control-Allow-Origin": {"https://x"}}, http.Header{"Access-Control-Allow-Origin": {"https://x"}}},
		"a part is there":   {http.Header{"Access-Control-Allow-Credentials": {"true"}}, ours("Origin")},
	} {
		Expose(tt.header, page)
		if diff := cmp.Diff(tt.want, tt.header); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}
