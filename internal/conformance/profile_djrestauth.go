// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"cmp"
	"maps"
)

// DJRestAuthPath is dj-rest-auth's refresh view.
const DJRestAuthPath = "/dj-rest-auth/token/refresh/"

// DJRestAuth is what a project with dj-rest-auth has beside SIMPLE_JWT.
type DJRestAuth struct {
	Version  string         `json:"-"`         // of dj-rest-auth, on PyPI
	RestAuth map[string]any `json:"REST_AUTH"` // Django's setting of that name
	UseTZ    bool           `json:"USE_TZ"`
	TimeZone string         `json:"TIME_ZONE"`
}

// djRestAuthReleases are those that are compared. The last one is recorded.
var djRestAuthReleases = []string{"5.1.0", "6.0.0", "7.2.0"}

// The variables with the URL of the database that the edge's django store has, one for
// each profile that remembers.
const (
	SpendDSN    = "CONFORMANCE_SPEND"
	RememberDSN = "CONFORMANCE_REMEMBER"
)

// DJRestAuthProfiles are configurations of projects with a release of dj-rest-auth. An
// empty one stands for that which is recorded.
func DJRestAuthProfiles(version string) []Profile {
	const access, refresh = "app-auth", "refresh-token"
	both := map[string]any{"JWT_AUTH_COOKIE": access, "JWT_AUTH_REFRESH_COOKIE": refresh}
	ps := []Profile{
		{
			Name:       "dj-plain",
			DJRestAuth: &DJRestAuth{RestAuth: map[string]any{}, UseTZ: true, TimeZone: "Europe/Berlin"},
			Caddyfile:  []string{"dj_rest_auth {\n\ttime_zone Europe/Berlin\n}"},
		},
		{
			Name:       "dj-lost",
			SimpleJWT:  map[string]any{"ROTATE_REFRESH_TOKENS": true},
			DJRestAuth: &DJRestAuth{RestAuth: map[string]any{}, UseTZ: true, TimeZone: "UTC"},
			Caddyfile:  []string{"rotate_refresh_tokens", "dj_rest_auth"},
			Rotates:    true,
		},
		{
			Name:       "dj-cookies",
			SimpleJWT:  map[string]any{"ROTATE_REFRESH_TOKENS": true},
			DJRestAuth: &DJRestAuth{RestAuth: both, UseTZ: true, TimeZone: "UTC"},
			Caddyfile:  []string{"rotate_refresh_tokens", "dj_rest_auth {\n\tjwt_auth_cookie app-auth\n\tjwt_auth_refresh_cookie refresh-token\n}"},
			Rotates:    true,
		},
		{
			Name:       "dj-still",
			SimpleJWT:  map[string]any{"ACCESS_TOKEN_LIFETIME": 90.5},
			DJRestAuth: &DJRestAuth{RestAuth: both, UseTZ: true, TimeZone: "Asia/Kathmandu"},
			Caddyfile:  []string{"access_token_lifetime 90500ms", "dj_rest_auth {\n\tjwt_auth_cookie app-auth\n\tjwt_auth_refresh_cookie refresh-token\n\tuse_tz\n}"},
		},
		{
			Name:      "dj-scripts",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "REFRESH_TOKEN_LIFETIME": 100000.75},
			DJRestAuth: &DJRestAuth{RestAuth: map[string]any{
				"JWT_AUTH_COOKIE": access, "JWT_AUTH_REFRESH_COOKIE": refresh, "JWT_AUTH_REFRESH_COOKIE_PATH": "/auth",
				"JWT_AUTH_SECURE": true, "JWT_AUTH_HTTPONLY": false, "JWT_AUTH_SAMESITE": "None", "JWT_AUTH_COOKIE_DOMAIN": "edge.example",
			}, TimeZone: "Europe/Berlin"},
			Caddyfile: []string{
				"rotate_refresh_tokens", "refresh_token_lifetime 100000750ms",
				"dj_rest_auth {\n\tjwt_auth_cookie app-auth\n\tjwt_auth_refresh_cookie refresh-token\n\tjwt_auth_refresh_cookie_path /auth\n" +
					"\tjwt_auth_secure\n\tjwt_auth_httponly off\n\tjwt_auth_samesite None\n\tjwt_auth_cookie_domain edge.example\n\tuse_tz off\n\ttime_zone Europe/Berlin\n}",
			},
			Rotates: true,
		},
		{
			Name:      "dj-west",
			SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true},
			DJRestAuth: &DJRestAuth{RestAuth: map[string]any{
				"JWT_AUTH_COOKIE": access, "JWT_AUTH_REFRESH_COOKIE": refresh, "JWT_AUTH_SAMESITE": nil,
			}, TimeZone: "America/New_York"},
			Caddyfile: []string{
				"rotate_refresh_tokens",
				"dj_rest_auth {\n\tjwt_auth_cookie app-auth\n\tjwt_auth_refresh_cookie refresh-token\n\tjwt_auth_samesite off\n\tuse_tz off\n\ttime_zone America/New_York\n}",
			},
			Rotates: true,
		},
		{
			Name:       "dj-spend",
			SimpleJWT:  map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true},
			DJRestAuth: &DJRestAuth{RestAuth: both, UseTZ: true, TimeZone: "UTC"},
			Caddyfile: []string{
				"rotate_refresh_tokens", "blacklist_after_rotation", "store django {env." + SpendDSN + "} {\n\ttimeout 10s\n}",
				"dj_rest_auth {\n\tjwt_auth_cookie app-auth\n\tjwt_auth_refresh_cookie refresh-token\n}",
			},
			Rotates: true, Spends: true, Remembers: true,
		},
		{
			Name:       "dj-remember",
			DJRestAuth: &DJRestAuth{RestAuth: map[string]any{"JWT_AUTH_REFRESH_COOKIE": refresh, "JWT_AUTH_HTTPONLY": false}, TimeZone: "Asia/Kathmandu"},
			Caddyfile: []string{
				"store django {env." + RememberDSN + "} {\n\ttimeout 10s\n}",
				"dj_rest_auth {\n\tjwt_auth_refresh_cookie refresh-token\n\tjwt_auth_httponly off\n\tuse_tz off\n\ttime_zone Asia/Kathmandu\n}",
			},
			Remembers: true,
		},
	}
	for i := range ps {
		p := &ps[i]
		p.DJRestAuth.Version = cmp.Or(version, djRestAuthReleases[len(djRestAuthReleases)-1])
		// They are what each project with JWT alone has to say.
		settings := map[string]any{"USE_JWT": true, "TOKEN_MODEL": nil}
		maps.Copy(settings, p.DJRestAuth.RestAuth)
		p.DJRestAuth.RestAuth = settings
		p.fill()
	}
	return ps
}
