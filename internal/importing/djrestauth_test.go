// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestRESTAuth: what REST_AUTH, CORS and the release of dj-rest-auth say becomes lines, or
// a reason to stay. The project's own values are those of testdata/dj-rest-auth.facts.
func TestRESTAuth(t *testing.T) {
	t.Setenv("DJANGO_SECRET_KEY", strings.Repeat("a secret of the tests, ", 4))
	const own = "jwt_auth_cookie app-auth jwt_auth_refresh_cookie app-refresh"
	cors := func(c importing.CORS) func(*importing.Facts) {
		return func(f *importing.Facts) {
			f.CORS = &c
			for i := range f.Views {
				f.Views[i].CORS = true
			}
		}
	}
	set := func(name string, value any) func(*importing.Facts) {
		return func(f *importing.Facts) { f.RESTAuth[name] = value }
	}
	version := func(v string) func(*importing.Facts) {
		return func(f *importing.Facts) { f.Versions["dj-rest-auth"] = v }
	}
	for name, tt := range map[string]struct {
		change        func(*importing.Facts)
		block, origin string // the lines, without comments
		says          []string
		stays         []string
	}{
		"as recorded": {change: func(*importing.Facts) {}, block: own, says: []string{"dj-rest-auth 7.2.0, whose refresh view is the same"}},
		"no cookies": {change: func(f *importing.Facts) {
			delete(f.RESTAuth, "JWT_AUTH_COOKIE")
			f.RESTAuth["JWT_AUTH_REFRESH_COOKIE"] = ""
		}, block: "", says: []string{"JWT_AUTH_REFRESH_COOKIE is None"}},
		"values of Python":  {change: set("JWT_AUTH_SECURE", "yes"), block: "jwt_auth_cookie app-auth jwt_auth_refresh_cookie app-refresh jwt_auth_secure"},
		"not httponly":      {change: set("JWT_AUTH_HTTPONLY", nil), block: own + " jwt_auth_httponly off"},
		"the default path":  {change: set("JWT_AUTH_REFRESH_COOKIE_PATH", "/"), block: own},
		"no path":           {change: set("JWT_AUTH_REFRESH_COOKIE_PATH", nil), stays: []string{"JWT_AUTH_REFRESH_COOKIE_PATH is None"}},
		"SameSite False":    {change: set("JWT_AUTH_SAMESITE", false), block: own + " jwt_auth_samesite off"},
		"SameSite as None":  {change: set("JWT_AUTH_SAMESITE", "None"), block: own + " jwt_auth_samesite None"},
		"SameSite misspelt": {change: set("JWT_AUTH_SAMESITE", "Laxx"), stays: []string{"REST_AUTH: jwt_auth_samesite cannot be"}},
		"a name with space": {change: set("JWT_AUTH_COOKIE", "app auth"), stays: []string{"REST_AUTH: cookie"}},
		"a name that is code": {
			change: set("JWT_AUTH_COOKIE", map[string]any{"python": "settings.name"}), stays: []string{"JWT_AUTH_COOKIE of REST_AUTH is neither a text nor None"},
		},
		"one name for both": {change: set("JWT_AUTH_COOKIE", "app-refresh"), stays: []string{"each needs a name of its own"}},
		"local time": {
			change: func(f *importing.Facts) { f.UseTZ, f.TimeZone = false, "Europe/Berlin" }, block: own + " use_tz off time_zone Europe/Berlin",
		},
		"local time, Django's zone": {change: func(f *importing.Facts) { f.UseTZ, f.TimeZone = false, "America/Chicago" }, block: own + " use_tz off"},
		"a zone that is none":       {change: func(f *importing.Facts) { f.UseTZ, f.TimeZone = false, "Mars/Base" }, stays: []string{"REST_AUTH: time_zone"}},
		"no JWT":                    {change: set("USE_JWT", false), block: own, says: []string{"REST_AUTH's USE_JWT is False"}},
		"too old":                   {change: version("5.0.2"), stays: []string{"dj-rest-auth 5.0.2 is older than 5.1.0"}},
		"newer":                     {change: version("7.10.0"), block: own, says: []string{"dj-rest-auth 7.10.0 is newer than 7.2.0"}},
		"no version":                {change: version(""), stays: []string{"the version of dj-rest-auth is not known"}},
		"an old script's facts":     {change: func(f *importing.Facts) { f.RESTAuth = nil }, stays: []string{"run this caddyrefresh's own script again"}},
		"exact origins": {
			change: func(f *importing.Facts) {
				f.CSRFTrustedOrigins, f.Hosts = []string{"https://a.example", "https://api.example", "https://*.b.example"}, []string{"api.example"}
				cors(importing.CORS{Origins: []string{"https://a.example", "https://a.example", "https://A.example:443"}, Credentials: true, Expose: []string{"X"}})(f)
			},
			block: own, origin: "trusted_origins https://a.example",
			says: []string{
				"CORS_ALLOWED_ORIGINS has what no browser sends as an origin, and it is left out: https://A.example:443",
				"which trusted_origins leaves out: https://*.b.example", "CORS_EXPOSE_HEADERS is left out", "by trusted_origins, and preflights",
				"gets 403, and dj-rest-auth answers it",
			},
		},
		"origins without credentials": {change: cors(importing.CORS{Origins: []string{"https://a.example"}}), block: own, says: []string{"preflights (OPTIONS) go to Django"}},
		"patterns of origins": {
			change: cors(importing.CORS{Origins: []string{"https://a.example"}, Patterns: []string{"x"}, Credentials: true}), block: own,
			says: []string{"it takes exact origins", "preflights (OPTIONS) go to Django"},
		},
		"translations": {change: func(f *importing.Facts) { f.Locale.Translated = []string{"fr"} }, block: own, says: []string{"refusals in the project's own words"}},
		"every origin": {change: cors(importing.CORS{All: true, Credentials: true}), block: own, says: []string{"it takes exact origins"}},
	} {
		t.Run(name, func(t *testing.T) {
			facts := readFacts(t, "testdata/dj-rest-auth.facts")
			tt.change(facts)
			v := importing.Judge(facts, importing.Options{})
			for _, want := range tt.says {
				if !strings.Contains(v.String(), want) {
					t.Errorf("the report does not say %q:\n%s", want, v.String())
				}
			}
			for _, want := range tt.stays {
				if !strings.Contains(strings.Join(v.Stays, "\n"), want) {
					t.Errorf("the reasons are %q, want %q", v.Stays, want)
				}
			}
			if len(tt.stays) > 0 || len(v.Stays) > 0 {
				if len(tt.stays) == 0 || v.Site != "" {
					t.Errorf("reasons %q and the site\n%s", v.Stays, v.Site)
				}
				return
			}
			if err := v.ReadBack(); err != nil {
				t.Error(err)
			}
			validate(t, v.Site)
			block, rest := blockOf(v.Site)
			if diff := cmp.Diff(tt.block, block); diff != "" {
				t.Errorf("dj_rest_auth (-want +got):\n%s", diff)
			}
			origin := regexp.MustCompile(`trusted_origins [^#\n]*[^#\s]`).FindString(rest)
			if origin != tt.origin || strings.Contains(rest, "Origin https") == (tt.origin != "") && facts.CORS != nil && len(facts.CORS.Origins) > 0 {
				t.Errorf("%q, want %q, in place of the header lines:\n%s", origin, tt.origin, v.Site)
			}
		})
	}
}

// blockOf returns the lines of dj_rest_auth on one line, without their comments, and the
// site around them.
func blockOf(site string) (block, rest string) {
	before, after, _ := strings.Cut(site, "dj_rest_auth {\n")
	block, after, _ = strings.Cut(after, "}")
	block = regexp.MustCompile(`#[^\n]*`).ReplaceAllString(block, "")
	return strings.Join(strings.Fields(block), " "), before + after
}
