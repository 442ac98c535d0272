// SPDX-License-Identifier: Apache-2.0

package explain

import (
	"strings"
	"testing"
)

// TestUnknown: what is said of names that the grammar does not have.
func TestUnknown(t *testing.T) {
	known := []string{"access_token_lifetime", "audience", "jti_claim", "leeway", "refresh_path", "reuse_grace", "store"}
	for name, want := range map[string]string{
		"acces_token_lifetime":     `unrecognized subdirective "acces_token_lifetime": did you mean access_token_lifetime?`,
		"JTI_CLAIMS":               `unrecognized subdirective "JTI_CLAIMS": did you mean jti_claim?`,
		"refresh_paths":            `unrecognized subdirective "refresh_paths": did you mean refresh_path?`,
		"grace":                    `unrecognized subdirective "grace": did you mean reuse_grace?`,
		"reuse_grace_period":       `unrecognized subdirective "reuse_grace_period": did you mean reuse_grace?`,
		"stor":                     `unrecognized subdirective "stor": did you mean store?`,
		"tor":                      `unrecognized subdirective "tor": see the list`,
		"AUDIENCE":                 `unrecognized subdirective "AUDIENCE": settings are written in lower case here, try audience`,
		"reverse_proxy":            "unrecognized subdirective reverse_proxy: it is a Caddy directive; is the closing brace",
		"USER_AUTHENTICATION_RULE": "USER_AUTHENTICATION_RULE runs Python: leave this endpoint to Django",
		"JWT_AUTH_COOKIE":          "JWT_AUTH_COOKIE is a setting of dj-rest-auth: write it in lower case into a block dj_rest_auth",
		"AUTH_COOKIE":              "AUTH_COOKIE is access_cookie here, in a block cookies",
		"USE_JWT":                  "USE_JWT matters to dj-rest-auth's logins",
		"SECRET_KEY":               "SECRET_KEY is Django's: write signing_key",
		"x":                        `unrecognized subdirective "x": see the list`,
		"":                         `unrecognized subdirective "": see the list`,
	} {
		if got := Unknown(name, known); !strings.HasPrefix(got, want) {
			t.Errorf("%s: got %s\nwant %s", name, got, want)
		}
	}
}
