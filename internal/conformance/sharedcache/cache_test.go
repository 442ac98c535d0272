// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package sharedcache

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	_ "github.com/caddyrefresh/caddyrefresh" // the directive
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

const key = "a-key-of-more-than-thirty-two-bytes-for-tests"

// startCache starts nginx with a cache in front of an address, and returns its own.
func startCache(t *testing.T, behind string) string {
	t.Helper()
	front, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	nginx, err := conformance.StartNginx(dir, front, fmt.Sprintf(`
		proxy_cache_path %s/cache keys_zone=shared:1m;
		server {
			listen %s;
			location / {
				proxy_pass http://%s;
				proxy_cache shared;
				proxy_http_version 1.1;
				add_header X-Cache $upstream_cache_status;
			}
		}`, dir, front, behind))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := nginx.Stop(); err != nil {
			t.Error(err)
		}
	})
	return front
}

// accessToken returns an access token of a user.
func accessToken(t *testing.T, user string) string {
	t.Helper()
	signing, err := simplejwt.NewKey("HS256", []byte(key), false)
	if err != nil {
		t.Fatal(err)
	}
	backend, err := simplejwt.New(&simplejwt.Config{
		Release: release.MustNamed("5.5"), SigningKey: signing, RefreshTokenLifetime: time.Hour,
		UserIDClaim: "user_id", TokenTypeClaim: "token_type", JTIClaim: "jti",
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := backend.NewRefreshToken([]simplejwt.Claim{
		{Name: "user_id", Value: []byte(`"` + user + `"`)}, {Name: "token_type", Value: []byte(`"access"`)},
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestNobodyGetsAnothersAnswer: whatever the backend says of caching, a shared cache in
// front of the edge gives each user the answer of that user. An answer for everybody
// is still cached, so that the test tries the cache.
func TestNobodyGetsAnothersAnswer(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if said := r.URL.Query().Get("cc"); said != "" {
			w.Header().Set("Cache-Control", said)
		}
		fmt.Fprintf(w, "for %q", r.Header.Get("Authorization"))
	}))
	t.Cleanup(backend.Close)
	edge := edgetest.Start(t, `
		http://127.0.0.1:{{port}} {
			token_refresh {
				signing_key "`+key+`"
				cookies {
					refresh_cookie r
					access_cookie a
					insecure
				}
			}
			reverse_proxy `+backend.Listener.Addr().String()+`
		}
	`)
	cache := startCache(t, strings.TrimPrefix(edge.URL, "http://"))
	get := func(path, token string) (body, fromCache string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+cache+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Cookie", "a="+token)
		}
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text), res.Header.Get("X-Cache")
	}
	users := map[string]string{"ann": accessToken(t, "ann"), "bob": accessToken(t, "bob")}
	for i, said := range []string{"", "max-age=60", "public, max-age=60", "s-maxage=60", "max-age=60, must-revalidate", "private", "no-store"} {
		path := fmt.Sprintf("/me/%d?cc=%s", i, url.QueryEscape(said))
		for range 2 {
			for user, token := range users {
				if body, from := get(path, token); body != fmt.Sprintf("for %q", "Bearer "+token) {
					t.Errorf("with %q %s gets %s (%s)", said, user, body, from)
				}
			}
		}
		if body, from := get(path, ""); body != `for ""` {
			t.Errorf("with %q a visitor gets %s (%s)", said, body, from)
		}
	}
	for _, want := range []string{"MISS", "HIT"} {
		if body, from := get("/public?cc=max-age%3D60", ""); body != `for ""` || from != want {
			t.Errorf("an answer for everybody: %s (%s), want %s", body, from, want)
		}
	}
}
