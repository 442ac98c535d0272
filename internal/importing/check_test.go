// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestCheck: what the site itself says fits, in any spelling, and each setting that
// somebody changed since is named. Keys, hosts and databases are not looked at.
func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		project string
		change  [2]string // of the site
		want    []string
	}{
		"as printed": {project: "custom-user"},
		"another key, host and database": {project: "blacklist-5.5", change: [2]string{
			"store django sqlite:////srv/app/edge.sqlite3", "key_id k1\n\t\tprevious_key {env.OLD}\n\t\tstore django {env.DATABASE_URL}",
		}},
		"a redis store":  {project: "blacklist-5.5", change: [2]string{"store django sqlite:////srv/app/edge.sqlite3", "store file"}},
		"series":         {project: "blacklist-5.5", change: [2]string{"simplejwt_version 5.5.1", "simplejwt_version 5.5"}},
		"a default said": {project: "default-block", change: [2]string{"signing_key", "access_token_lifetime 300s\n\t\talgorithm HS256\n\t\taudience_list off\n\t\tsigning_key"}},
		"a prefix":       {project: "default-block", change: [2]string{"verify_path ", "refresh_path /api/token/refresh /v1/api/token/refresh/\n\t\tverify_path "}},
		"verify off":     {project: "default-block", change: [2]string{"verify_path /api/token/verify", "verify_path off"}},
		"own words":      {project: "exception-handler"},
		"own words, and a store that does not allow the line": {
			project: "exception-handler", change: [2]string{"refusals backend", "store file"},
		},
		"no own words, and the line": {project: "default-block", change: [2]string{"verify_path ", "refusals backend\n\t\tverify_path "}},
		"own words of an exception handler": {
			project: "exception-handler", change: [2]string{"refusals backend", "blacklist_path off"},
			want: []string{`refusals is "edge" at the edge: write refusals backend`},
		},
		"own words in translation": {
			project: "locale", change: [2]string{"refusals backend", "refusals edge"},
			want: []string{`refusals is "edge" at the edge: write refusals backend`},
		},
		"a lifetime": {
			project: "default-block", change: [2]string{"signing_key", "access_token_lifetime 10m\n\t\tsigning_key"},
			want: []string{"access_token_lifetime is 10m at the edge, and the default in the project: delete the line"},
		},
		"an audience": {
			project: "custom-user", change: [2]string{"audience web {mobile}", "audience web"},
			want: []string{`audience is "web" at the edge: write audience web {mobile}`},
		},
		"a column": {
			project: "custom-user", change: [2]string{"active_field enabled", "active_field is_active"},
			want: []string{`active_field is "is_active" at the edge: write active_field enabled`},
		},
		"a user id": {
			project: "custom-user", change: [2]string{"user_id_field pub", "user_id_field id"},
			want: []string{`user_id_field is "id" at the edge: write user_id_field pub`},
		},
		"a release": {
			project: "default-block", change: [2]string{"pyjwt_version 2.10.1", "pyjwt_version 2.9"},
			want: []string{"the edge answers as pyjwt_version 2.9.0: write pyjwt_version 2.10.1"},
		},
		"no store": {
			project: "blacklist-5.5", change: [2]string{"blacklist_after_rotation # BLACKLIST_AFTER_ROTATION\n\t\tstore django sqlite:////srv/app/edge.sqlite3", "blacklist_path off"},
			want: []string{
				"blacklist_after_rotation is off at the edge: write blacklist_after_rotation",
				"the project has a blacklist, and the edge has no store: write store django {env.DATABASE_URL}",
			},
		},
		"a path less": {
			project: "own-paths", change: [2]string{"refresh_path /v1/auth/renew /app/v1/auth/renew /v2/auth/renew ", "refresh_path /v1/auth/renew /app/v1/auth/renew "},
			want: []string{"/v2/auth/renew is not answered by the edge: add it to refresh_path"},
		},
		"a path more": {
			project: "default-block", change: [2]string{"verify_path ", "refresh_path /api/token/refresh /login\n\t\tverify_path "},
			want: []string{"/login is not a URL of the project that the edge can answer: take it out of refresh_path"},
		},
		"dj-rest-auth, as printed":                   {project: "dj-rest-auth-6.0"},
		"dj-rest-auth on Django 4.2, as printed":     {project: "dj-rest-auth-5.1"},
		"dj-rest-auth without trusted_origins":       {project: "dj-rest-auth-5.1", change: [2]string{"trusted_origins https://app.example.com http://localhost:5173", ""}},
		"dj-rest-auth's view beside SimpleJWT's":     {project: "beside-dj-rest-auth"},
		"dj-rest-auth, defaults of the edge spelled": {project: "dj-rest-auth", change: [2]string{"jwt_auth_cookie", "use_tz\n\t\t\ttime_zone Asia/Tokyo\n\t\t\tjwt_auth_samesite Lax\n\t\t\tjwt_auth_cookie"}},
		"a cookie's name": {
			project: "dj-rest-auth", change: [2]string{"jwt_auth_refresh_cookie app-refresh", "jwt_auth_refresh_cookie refresh\n\t\t\tjwt_auth_secure"},
			want: []string{
				`jwt_auth_refresh_cookie is "refresh" at the edge: write jwt_auth_refresh_cookie app-refresh`,
				"jwt_auth_secure is on at the edge, and the default in the project: delete the line",
			},
		},
		"SameSite": {
			project: "dj-rest-auth-5.1", change: [2]string{"jwt_auth_samesite off", ""},
			want: []string{`jwt_auth_samesite is "Lax" at the edge: write jwt_auth_samesite off`},
		},
		"USE_TZ": {
			project: "dj-rest-auth-5.1", change: [2]string{"use_tz #", "#"},
			want: []string{"use_tz is off at the edge: write use_tz on"},
		},
		"TIME_ZONE": {
			project: "dj-rest-auth-6.0", change: [2]string{"\t\t\ttime_zone Asia/Tokyo # TIME_ZONE\n", ""},
			want: []string{`time_zone is "America/Chicago" at the edge: write time_zone Asia/Tokyo`},
		},
		"origins": {
			project: "dj-rest-auth-5.1", change: [2]string{"https://app.example.com http://localhost:5173", "https://app.example.com https://old.example.com"},
			want: []string{
				"http://localhost:5173 is in CORS_ALLOWED_ORIGINS: add it to trusted_origins",
				"https://old.example.com is not in CORS_ALLOWED_ORIGINS: take it out of trusted_origins",
			},
		},
		"no dj_rest_auth": {
			project: "dj-rest-auth", change: [2]string{"dj_rest_auth {\n\t\t\tjwt_auth_cookie app-auth # JWT_AUTH_COOKIE\n\t\t\tjwt_auth_refresh_cookie app-refresh # JWT_AUTH_REFRESH_COOKIE\n\t\t}", "refresh_path /dj-rest-auth/token/refresh"},
			want: []string{"the project's refresh view is dj-rest-auth's, and the edge answers as SimpleJWT's: write dj_rest_auth, with the lines that import prints"},
		},
		"dj_rest_auth in a project without": {
			project: "default-block", change: [2]string{"verify_path ", "refresh_path /api/token/refresh\n\t\tdj_rest_auth\n\t\tverify_path "},
			want: []string{"the edge answers as dj-rest-auth's refresh view, and the project's is SimpleJWT's: delete dj_rest_auth"},
		},
		"by now it is overridden": {
			project: "overridden-view", change: [2]string{"", "example.com {\n\ttoken_refresh {\n\t\tsigning_key {env.X}\n\t}\n}\n"},
			want: []string{"POST /api/token/refresh/ (urls.Own): it has members of its own: post"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := importing.Judge(readFacts(t, "testdata/"+tt.project+".facts"), importing.Options{})
			if !strings.Contains(v.Site, tt.change[0]) {
				t.Fatalf("the site has no %q:\n%s", tt.change[0], v.Site)
			}
			config, err := importing.Adapt("caddyfile", []byte(strings.Replace(v.Site, tt.change[0], tt.change[1], 1)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, handler := range importing.Handlers(config) {
				got = append(got, v.Check(handler)...)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
