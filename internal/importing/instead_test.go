// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestInstead: views of the project that keep tokens in cookies are answered with the
// lines of cookies that replace them. The lines validate.
func TestInstead(t *testing.T) {
	t.Setenv("DJANGO_SECRET_KEY", strings.Repeat("a secret of the tests, ", 4))
	text := func(s string) *string { return &s }
	type call = importing.CookieCall
	use := func(reads []*string, sets ...call) *importing.CookieUse {
		return &importing.CookieUse{Reads: reads, Sets: sets}
	}
	const again = "browsers need one login"
	for name, tt := range map[string]struct {
		login, refresh *importing.CookieUse // of a view each
		unrecognised   bool                 // neither is derived from SimpleJWT's
		lines          []string
		says           []string
		silent         string // what is not said
	}{
		"names that can stay": {
			login:   use(nil, call{"name": "refresh_token", "httponly": true, "samesite": "Strict"}),
			refresh: use([]*string{text("refresh_token")}),
			lines:   []string{"refresh_cookie refresh_token"},
			says:    []string{"(urls.Refresh) reads refresh_token, and sets no cookie", "a browser whose cookie refresh_token holds the token itself goes on with it"},
			silent:  again,
		},
		"two cookies": {
			login:   use(nil, call{"name": "access", "httponly": true}, call{"name": "refresh", "httponly": true, "path": "/"}),
			refresh: use([]*string{text("access"), text("refresh")}),
			lines:   []string{"refresh_cookie refresh", "access_cookie access", "same_site lax"},
			says:    []string{"into an Authorization header"}, silent: again,
		},
		"a domain": {
			login: use(nil, call{"name": "refresh", "domain": ".example.com", "httponly": true, "samesite": "lax"},
				call{"name": "__Host-access", "domain": ".example.com", "httponly": true}),
			refresh: use([]*string{text("refresh")}),
			lines:   []string{"refresh_cookie __Secure-refresh", "access_cookie __Secure-access", "same_site lax", "domain example.com"},
			says:    []string{again},
		},
		"another path": {
			login:   use(nil, call{"name": "rt", "path": "/api/token/refresh/", "httponly": true, "samesite": "Strict"}, call{"name": "at", "httponly": true}),
			refresh: use([]*string{text("rt")}),
			lines:   []string{"access_cookie at"},
			says:    []string{again},
		},
		"computed": {
			login:   use(nil, call{"name": nil, "httponly": nil, "samesite": nil, "path": nil}),
			refresh: use([]*string{nil}, call{"name": nil}),
			lines:   []string{},
			says:    []string{again, "SameSite is computed", "(urls.Refresh) reads a cookie with a computed name, and sets a cookie with a computed name"},
		},
		"readable, and any site's": {
			login:   use(nil, call{"name": "refresh", "samesite": "None", "httponly": false}),
			refresh: use([]*string{text("refresh")}),
			lines:   []string{"refresh_cookie refresh"},
			says:    []string{"scripts can read the cookie refresh today", "SameSite=None has no line"},
		},
		"views of their own": {
			login:        use(nil, call{"name": "refresh", "httponly": true, "samesite": "Strict"}),
			refresh:      use([]*string{text("refresh")}),
			unrecognised: true,
			lines:        []string{"obtain_path /api/token /login", "refresh_cookie refresh"},
			says:         []string{"POST /login (urls.Login) reads no cookie", "not recognised as a view of SimpleJWT"},
		},
		"a login alone": {login: use(nil, call{"name": "refresh"}), silent: "cookies of the project's own code"},
	} {
		t.Run(name, func(t *testing.T) {
			facts := readFacts(t, "testdata/plain-5.5.facts")
			obtain := slices.IndexFunc(facts.Views, func(v importing.View) bool { return v.Kind == "obtain" })
			refresh := slices.IndexFunc(facts.Views, func(v importing.View) bool { return v.Kind == "refresh" })
			if obtain < 0 || refresh < 0 {
				t.Fatalf("the project has no login or no refresh: %+v", facts.Views)
			}
			if tt.unrecognised {
				facts.Views = slices.Delete(facts.Views, refresh, refresh+1)
				facts.Unrecognised = []importing.CookieView{{Path: "/token/refresh", View: "urls.Refresh", Cookies: tt.refresh}}
				facts.CookieViews = []importing.CookieView{
					{Path: "/login", View: "urls.Login", Cookies: tt.login}, {Path: "/logout", View: "urls.Logout", Cookies: tt.login},
				}
			} else {
				facts.Views[obtain].Cookies = tt.login
				v := &facts.Views[refresh]
				v.Class, v.Overridden, v.Cookies = "urls.Refresh", []string{"post"}, tt.refresh
			}
			v := importing.Judge(facts, importing.Options{})
			report := v.String()
			for _, want := range tt.says {
				if !strings.Contains(report, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if tt.silent != "" && strings.Contains(report, tt.silent) {
				t.Errorf("it says %q", tt.silent)
			}
			if t.Failed() {
				t.Log(report)
			}
			if tt.lines == nil {
				return
			}
			want := "cookies {\n\t" + strings.Join(tt.lines, "\n\t") + "\n}"
			if len(tt.lines) == 0 {
				want = "cookies"
			}
			if diff := cmp.Diff(want, strings.Join(v.Lines, "\n")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			validate(t, "https://app.example.com {\n\ttoken_refresh {\n\t\tsigning_key {env.DJANGO_SECRET_KEY}\n\t\t"+
				strings.ReplaceAll(strings.Join(v.Lines, "\n"), "\n", "\n\t\t")+"\n\t}\n}\n")
		})
	}
}
