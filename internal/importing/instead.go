// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"cmp"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
)

// instead tells which lines of cookies replace the views of the project that keep
// tokens in cookies.
func (v *Verdict) instead() {
	j := v.jar()
	if !j.refreshes {
		return
	}
	for _, sentence := range j.about {
		v.replaced("%s", sentence)
	}
	v.Lines = j.lines()
	refresh, access := j.refresh(), j.access()
	if j.renamed(refresh, "refresh") == refresh {
		v.replaced("a browser whose cookie %s holds the token itself goes on with it, any other needs one login; where a page can read its refresh token, "+
			"adopt takes it from the body of a refresh without a login", refresh)
	} else {
		v.replaced("browsers need one login, since the cookie gets another name: two cookies of one name with another path or domain would both be refused; " +
			"where a page can read its refresh token, adopt takes it from the body of a refresh without a login")
	}
	if access != "" {
		v.replaced("the edge turns the cookie of access_cookie into an Authorization header, so that SimpleJWT's own JWTAuthentication takes it")
	}
	sameSite, written := j.call(refresh)["samesite"]
	switch {
	case written && sameSite == nil:
		v.replaced("SameSite is computed: strict is the edge's default, and same_site lax the other choice")
	case isSite(sameSite, "none"):
		v.replaced("SameSite=None has no line, since any page could use the cookies: serve the pages and the edge below one domain")
	}
	for _, name := range []string{refresh, access} {
		// Django's default is False, and nil is a computed one.
		if c := j.call(name); c != nil && name != "" && (c["httponly"] == false || !c.has("httponly")) {
			v.replaced("scripts can read the cookie %s today, and no cookie of the edge: a page asks the API who is logged in", name)
		}
	}
	v.replaced("in place of these views put SimpleJWT's own, which have the tokens in the body, run import again, and write these lines into token_refresh:")
}

// lines returns the block that does what the views do.
func (j *jar) lines() []string {
	lines := []string{"cookies {"}
	write := func(setting string, values ...string) {
		lines = append(lines, "\t"+note(nil, "%s %s", setting, quoteAll(values))[0])
	}
	if len(j.logins) > 0 && !slices.Equal(j.logins, []string{cookie.DefaultLogin}) {
		write("obtain_path", j.logins...)
	}
	if name := j.renamed(j.refresh(), "refresh"); name != "__Host-refresh" {
		write("refresh_cookie", name)
	}
	if name := j.access(); name != "" {
		write("access_cookie", j.renamed(name, "access"))
	}
	call := j.call(j.refresh())
	if isSite(call["samesite"], "lax") || !call.has("samesite") { // browsers take one without for Lax
		write("same_site", "lax")
	}
	if domain := call.text("domain"); domain != "" {
		write("domain", strings.TrimPrefix(domain, "."))
	}
	if len(lines) == 1 {
		return []string{"cookies"}
	}
	return append(lines, "}")
}

// renamed returns the name for a cookie of the edge. It is the same name where the edge's
// cookie replaces the one that a browser has, which takes the same path and domain.
func (j *jar) renamed(name, otherwise string) string {
	call := j.call(name)
	switch path := call.text("path"); {
	case j.call(j.refresh()).text("domain") != "": // it holds for both
		if !strings.HasPrefix(name, "__Secure-") {
			name = "__Secure-" + cmp.Or(strings.TrimPrefix(name, "__Host-"), otherwise)
		}
		return name
	case name == "" || path != "/" && call.has("path"):
		return "__Host-" + otherwise
	default:
		return name
	}
}

// isSite reports whether an argument of set_cookie is that value of SameSite.
func isSite(argument any, value string) bool {
	s, _ := argument.(string)
	return strings.EqualFold(s, value)
}

func (c CookieCall) has(option string) bool { _, given := c[option]; return given }
