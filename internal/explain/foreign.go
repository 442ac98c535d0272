// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"maps"
	"slices"
)

const (
	ofBlock = "is a setting of dj-rest-auth: write it in lower case into a block dj_rest_auth { ... }"
	ofLogin = "matters to dj-rest-auth's logins and to the API, which stay with Django: delete the line"
	always  = "has no line, since every cookie of the edge is so: delete the line, and write cookies { ... } for tokens in cookies"
)

// foreign explains settings of dj-rest-auth, and of packages that keep tokens in cookies.
var foreign = map[string]string{
	"rest_auth":                    "is the dict of dj-rest-auth's settings: write those in lower case into a block dj_rest_auth { ... }",
	"jwt_auth_cookie":              ofBlock,
	"jwt_auth_refresh_cookie":      ofBlock,
	"jwt_auth_refresh_cookie_path": ofBlock,
	"jwt_auth_cookie_domain":       ofBlock,
	"jwt_auth_secure":              ofBlock,
	"jwt_auth_samesite":            ofBlock,
	"jwt_auth_httponly":            ofBlock,

	"rest_use_jwt":                   ofLogin,
	"use_jwt":                        ofLogin,
	"session_login":                  ofLogin,
	"jwt_serializer":                 ofLogin,
	"jwt_serializer_with_expiration": ofLogin,
	"jwt_token_claims_serializer":    ofLogin,
	"jwt_auth_return_expiration":     ofLogin,
	"jwt_auth_cookie_use_csrf":       ofLogin,

	"jwt_auth_cookie_enforce_csrf_on_unauthenticated": ofLogin,

	"auth_cookie":           "is access_cookie here, in a block cookies { ... }",
	"auth_cookie_refresh":   "is refresh_cookie here, in a block cookies { ... }",
	"auth_refresh_cookie":   "is refresh_cookie here, in a block cookies { ... }",
	"auth_cookie_domain":    "is domain here, in a block cookies { ... }",
	"auth_cookie_samesite":  "is same_site here, in a block cookies { ... }",
	"auth_cookie_secure":    "is on here; insecure in a block cookies { ... } switches it off, for http on a developer's machine",
	"auth_cookie_http_only": always,
	"auth_cookie_httponly":  always,
	"auth_cookie_path":      "has no line, since every cookie of the edge has the path /: delete the line, and write cookies { ... } for tokens in cookies",
}

// Foreign returns the settings of other packages that [Unknown] explains.
func Foreign() []string { return slices.Collect(maps.Keys(foreign)) }

// misnamed explains names that users take for settings of SimpleJWT.
var misnamed = map[string]string{ //nolint:gosec // names of settings are no credentials
	"secret_key":       "is Django's: write signing_key, with the value of SIMPLE_JWT's SIGNING_KEY, which is SECRET_KEY by default",
	"token_blacklist":  "is a Django app: write blacklist_after_rotation and a store, see docs/stores.md",
	"simple_jwt":       "is the dict of all settings: write each of its settings on a line of its own, in lower case",
	"rest_framework":   "is a dict of other settings: of these the edge has only renderers json",
	"access_lifetime":  "is access_token_lifetime here",
	"refresh_lifetime": "is refresh_token_lifetime here",
}
