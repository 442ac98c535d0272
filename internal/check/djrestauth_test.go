// SPDX-License-Identifier: Apache-2.0

package check

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestDJCookies: a site that answers as dj-rest-auth names its cookies, and those that
// browsers drop.
func TestDJCookies(t *testing.T) {
	const (
		both    = "ok: dj_rest_auth: browsers keep the refresh token in the cookie rt, and the access token in the cookie at"
		dropped = "note: dj_rest_auth: browsers drop the "
	)
	good := djrestauth.Cookie{Name: "rt", Path: "/", SameSite: "Lax", Secure: true}
	open := djrestauth.Cookie{Name: "rt", Path: "/", SameSite: "Lax"}
	for name, tt := range map[string]struct {
		refresh djrestauth.Cookie
		at      []Address
		want    []string
	}{
		"https": {refresh: good, at: []Address{{Name: "shop", Host: "app.example.com"}}, want: []string{both}},
		"http": {
			refresh: good,
			at:      []Address{{Name: "shop", Host: "app.example.com", Plain: true}, {Name: "shop", Host: "localhost", Plain: true}},
			want: []string{
				both, "note: dj_rest_auth: browsers drop cookies with Secure that come by http from app.example.com: serve it by https, or have the proxy in front do so",
			},
		},
		"not secure": {
			refresh: open,
			at:      []Address{{Name: "shop", Host: "app.example.com"}, {Name: "shop", Host: "a.example", Plain: true}, {Name: "shop", Host: "localhost"}},
			want: []string{
				both, "note: dj_rest_auth: without jwt_auth_secure a browser also sends the cookies by http to app.example.com, where anyone in between reads them: set JWT_AUTH_SECURE to True",
			},
		},
		"SameSite=None": {
			refresh: djrestauth.Cookie{Name: "rt", Path: "/", SameSite: "none"},
			want:    []string{both, dropped + "cookie rt, from Django as from the edge: JWT_AUTH_SAMESITE None needs JWT_AUTH_SECURE"},
		},
		"__Host-": {
			refresh: djrestauth.Cookie{Name: "__Host-rt", Path: "/", Secure: true},
			want:    []string{strings.Replace(both, "rt,", "__Host-rt,", 1)},
		},
		"__Host- with a path": {
			refresh: djrestauth.Cookie{Name: "__Host-rt", Path: "/auth", Secure: true},
			want: []string{
				strings.Replace(both, "rt,", "__Host-rt,", 1),
				dropped + "cookie __Host-rt, from Django as from the edge: a name with __Host- needs JWT_AUTH_SECURE, the path / and no JWT_AUTH_COOKIE_DOMAIN",
			},
		},
		"__Secure-": {
			refresh: djrestauth.Cookie{Name: "__Secure-rt", Path: "/"},
			want: []string{
				strings.Replace(both, "rt,", "__Secure-rt,", 1),
				dropped + "cookie __Secure-rt, from Django as from the edge: a name with __Secure- needs JWT_AUTH_SECURE",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			access := tt.refresh
			access.Name, access.Path, access.SameSite = "at", "/", "Lax"
			s, _ := newSite(t, storetest.NewMemory(time.Now))
			s.DJRestAuth = &site.DJRestAuth{Wire: djrestauth.Wire{Refresh: &tt.refresh, Access: &access}}
			v := visit{Checker: &Checker{Addresses: tt.at}, site: s}
			v.djCookies()
			var got []string
			for _, f := range v.findings {
				got = append(got, string(f.Level)+": "+f.Text)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	s, _ := newSite(t, storetest.NewMemory(time.Now))
	s.DJRestAuth = new(site.DJRestAuth)
	v := visit{Checker: &Checker{Addresses: []Address{{Name: "shop", Host: "app.example.com"}}}, site: s}
	v.djCookies()
	if want := "dj_rest_auth: browsers keep the refresh token in no cookie, and the access token in no cookie"; len(v.findings) != 1 || v.findings[0].Text != want {
		t.Errorf("without cookies: %+v", v.findings)
	}
}
