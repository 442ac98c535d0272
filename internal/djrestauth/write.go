// SPDX-License-Identifier: Apache-2.0

package djrestauth

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Cookie is what a cookie has beside its value and its end.
type Cookie struct {
	Name     string
	Path     string // JWT_AUTH_REFRESH_COOKIE_PATH, or /
	Domain   string // JWT_AUTH_COOKIE_DOMAIN. Default: none
	SameSite string // JWT_AUTH_SAMESITE, as it is spelled there. Default: none
	Secure   bool   // JWT_AUTH_SECURE
	HTTPOnly bool   // JWT_AUTH_HTTPONLY
}

// Line returns the value of the Set-Cookie header that Django's set_cookie makes
// for a cookie that expires a lifetime after now, by the clock c. The value must
// need no quotes, as no token does. Attributes stand in the order of their names, as
// http.cookies.Morsel sorts them.
func (k *Cookie) Line(value string, lifetime time.Duration, now time.Time, c Clock) string {
	age := c.maxAge(now, lifetime)
	var b strings.Builder
	b.WriteString(k.Name + "=" + value)
	attribute := func(name, value string) {
		if value != "" {
			b.WriteString("; " + name + "=" + value)
		}
	}
	attribute("Domain", k.Domain)
	attribute("expires", now.Add(age).UTC().Format(http.TimeFormat))
	if k.HTTPOnly {
		b.WriteString("; HttpOnly")
	}
	attribute("Max-Age", strconv.FormatInt(int64(age/time.Second), 10))
	attribute("Path", k.Path)
	attribute("SameSite", k.SameSite)
	if k.Secure {
		b.WriteString("; Secure")
	}
	return b.String()
}
