// SPDX-License-Identifier: Apache-2.0

package check

import (
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/djrestauth"
)

// djCookies says which cookies of dj-rest-auth the edge sets, and which of these
// browsers drop, as they drop Django's.
func (v *visit) djCookies() {
	d := v.site.DJRestAuth
	if d == nil {
		return
	}
	name := func(c *djrestauth.Cookie) string {
		if c == nil {
			return "in no cookie"
		}
		return "in the cookie " + c.Name
	}
	v.found(OK, "dj_rest_auth: browsers keep the refresh token %s, and the access token %s", name(d.Refresh), name(d.Access))
	for _, c := range []*djrestauth.Cookie{d.Refresh, d.Access} {
		if c == nil {
			continue
		}
		if why := dropped(c); why != "" {
			v.found(Note, "dj_rest_auth: browsers drop the cookie %s, from Django as from the edge: %s", c.Name, why)
		}
	}
	if d.Refresh == nil && d.Access == nil {
		return
	}
	secure := d.Refresh != nil && d.Refresh.Secure || d.Access != nil && d.Access.Secure
	for _, a := range v.addresses() {
		switch {
		case a.isLocal():
		case secure && a.Plain:
			v.dropsSecure("dj_rest_auth", a)
		case !secure && !a.Plain:
			v.found(Note, "dj_rest_auth: without jwt_auth_secure a browser also sends the cookies by http to %s, where anyone in between reads them: set JWT_AUTH_SECURE to True", a.Host)
		}
	}
}

// dropped returns why browsers drop a cookie wherever it comes from (RFC 6265bis sections
// 4.1.3 and 5.7), or "".
func dropped(c *djrestauth.Cookie) string {
	name := strings.ToLower(c.Name)
	switch {
	case strings.EqualFold(c.SameSite, "none") && !c.Secure:
		return "JWT_AUTH_SAMESITE None needs JWT_AUTH_SECURE"
	case strings.HasPrefix(name, "__secure-") && !c.Secure:
		return "a name with __Secure- needs JWT_AUTH_SECURE"
	case strings.HasPrefix(name, "__host-") && (!c.Secure || c.Domain != "" || c.Path != "/"):
		return "a name with __Host- needs JWT_AUTH_SECURE, the path / and no JWT_AUTH_COOKIE_DOMAIN"
	default:
		return ""
	}
}

// dropsSecure says that a site is served by http, and its cookies are not for that.
func (v *visit) dropsSecure(setting string, a Address) {
	v.found(Note, "%s: browsers drop cookies with Secure that come by http from %s: serve it by https, or have the proxy in front do so", setting, a.Host)
}
