// SPDX-License-Identifier: Apache-2.0

package check

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestCookies: a site with cookies says in which ones the tokens are, and warns where
// browsers would drop them, or others read them.
func TestCookies(t *testing.T) {
	const public, local = "app.example.com", "localhost"
	refresh := cookie.Attributes{Name: "__Host-refresh"}
	open := cookie.Attributes{Name: "refresh", Insecure: true}
	for name, tt := range map[string]struct {
		cookies *site.Cookies
		at      []Address
		token   string
		want    []string
	}{
		"bodies": {at: []Address{{Name: "shop", Host: public, Plain: true}}},
		"a refresh cookie": {
			cookies: &site.Cookies{Refresh: refresh}, at: []Address{{Name: "shop", Host: public}},
			want: []string{"ok: cookies: browsers keep the refresh token in the cookie __Host-refresh; access tokens are in bodies"},
		},
		"both cookies": {
			cookies: &site.Cookies{Refresh: refresh, Access: &cookie.Attributes{Name: "__Host-access"}},
			want:    []string{"ok: cookies: browsers keep the refresh token in the cookie __Host-refresh; the access token in __Host-access"},
		},
		"insecure": {
			cookies: &site.Cookies{Refresh: open},
			at:      []Address{{Name: "shop", Host: public, Plain: true}, {Name: "shop", Host: local, Plain: true}, {Name: "other", Host: "other.example"}},
			want: []string{
				"ok: cookies: browsers keep the refresh token in the cookie refresh; access tokens are in bodies",
				"note: cookies: insecure lets anyone between a browser and app.example.com read and set the cookies: it is for http on a developer's machine, so delete the line",
			},
		},
		"insecure, on this machine": {
			cookies: &site.Cookies{Refresh: open},
			at:      []Address{{Name: "shop"}, {Name: "shop", Host: "127.0.0.1"}, {Name: "shop", Host: "[::1]"}, {Name: "shop", Host: "app.localhost"}},
			want:    []string{"ok: cookies: browsers keep the refresh token in the cookie refresh; access tokens are in bodies"},
		},
		"by http": {
			cookies: &site.Cookies{Refresh: refresh},
			at:      []Address{{Name: "shop", Host: "192.0.2.1", Plain: true}, {Name: "shop", Host: public}, {Name: "shop", RefreshPath: "/other", Host: "other.example", Plain: true}},
			want: []string{
				"ok: cookies: browsers keep the refresh token in the cookie __Host-refresh; access tokens are in bodies",
				"note: cookies: browsers drop cookies with Secure that come by http from 192.0.2.1: serve it by https, or have the proxy in front do so",
			},
		},
		"a token that is too long": {
			cookies: &site.Cookies{Refresh: refresh}, token: strings.Repeat("x", 4096),
			want: []string{
				"ok: cookies: browsers keep the refresh token in the cookie __Host-refresh; access tokens are in bodies",
				"wrong: cookies: with this token the cookie is longer than 4096 bytes, and browsers drop such a one silently: put fewer claims into the token",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := newSite(t, storetest.NewMemory(time.Now))
			s.Cookies = tt.cookies
			v := visit{Checker: &Checker{Addresses: tt.at, Token: []byte(tt.token)}, site: s}
			v.cookies()
			var got []string
			for _, f := range v.findings {
				got = append(got, string(f.Level)+": "+f.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAddresses reads JSON in the shapes that the Caddyfile adapter gives it.
func TestAddresses(t *testing.T) {
	handler := func(name, path string) string {
		return `{"handle":[{"handler":"subroute","routes":[{"match":[{"path":["/x/*"]}],"handle":[{"handler":"vars","name":1},{"handler":"token_refresh","name":"` +
			name + `"` + path + `}]}]}]`
	}
	config := `{"admin":{"disabled":true},"apps":{"tls":{},"http":{"http_port":8081,"servers":{
		"https": {"listen":[":443"],"routes":[` + handler("shop", "") + `,"match":[{"host":["a.example","b.example"]}]},{"handle":[{"handler":"static_response"}]}]},
		"http":  {"listen":[":8081"],"routes":[` + handler("shop", "") + `,"match":[{"host":["a.example"]}]}]},
		"port":  {"listen":[":8080"],"automatic_https":{"skip":["c.example"]},"routes":[` + handler("", `,"refresh_path":["/r/","/s"]`) + `,"match":[{"host":["c.example"]}]}]},
		"any":   {"listen":["127.0.0.1:8443"],"tls_connection_policies":[{}],"routes":[` + handler("any", "") + `}]},
		"all":   {"listen":[":8082"],"routes":[` + handler("all", "") + `,"match":[{"host":["d.example"]},{"method":["POST"]}]}]},
		"off":   {"listen":[":8083"],"automatic_https":{"disable":true},"routes":[` + handler("off", "") + `,"match":[{"host":["e.example"]}]}]}
	}}}}`
	want := []Address{
		{Name: "all", Plain: true},
		{Name: "any"},
		{Name: "shop", Host: "a.example"},
		{Name: "shop", Host: "a.example", Plain: true},
		{Name: "shop", Host: "b.example"},
		{RefreshPath: "/r", Host: "c.example", Plain: true},
		{Name: "off", Host: "e.example", Plain: true},
	}
	got := Addresses([]byte(config))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
