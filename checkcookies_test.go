// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckCookies: the command knows which addresses a configuration serves, and says
// which wire a site has.
func TestCheckCookies(t *testing.T) {
	c := newChecked(t)
	token := newToken(t)
	const settings = "signing_key {env.DJANGO_SECRET_KEY}\ncookies {\n"
	c.wants(settings+"insecure\naccess_cookie access\n}", token,
		"ok: /api/token/refresh: cookies: browsers keep the refresh token in the cookie refresh; the access token in access",
		okSigned,
		"ok: /api/token/refresh: a client with this token would get 200 with an access token",
	)
	file := filepath.Join(c.dir, "public")
	site := "http://app.example.com:8098 {\n\tbind 127.0.0.1\n\ttoken_refresh {\n" + settings + "\n}\n}\n}\n"
	if err := os.WriteFile(file, []byte(site), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := tokenRefresh("", "check", "--config", file, "--adapter", "caddyfile")
	if want := "note: /api/token/refresh: cookies: browsers drop cookies with Secure that come by http from app.example.com: "; err != nil || !strings.Contains(out, want) {
		t.Errorf("%v\n%s\nwant %s", err, out, want)
	}
}
