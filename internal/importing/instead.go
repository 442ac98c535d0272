// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"slices"
	"strings"
)

// defaultLogin is what obtain_path is without a line.
const defaultLogin = "/api/token"

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
	refresh, access := j.refresh(), j.access()
	call := j.call(refresh)
	path, domain := call.text("path"), call.text("domain")
	_, computesPath := call["path"]
	moves := refresh == "" || path != "/" && (path != "" || computesPath)
	lines := []string{"cookies {"}
	write := func(setting string, values ...string) { lines = append(lines, "\t"+setting+" "+quoteAll(values)) }
	if len(j.logins) > 0 && !slices.Equal(j.logins, []string{defaultLogin}) {
		write("obtain_path", j.logins...)
	}
	switch {
	case domain != "":
		write("refresh_cookie", secured(refresh, "refresh"))
	case !moves:
		write("refresh_cookie", refresh)
	}
	switch {
	case access == "":
	case domain != "":
		write("access_cookie", secured(access, "access"))
	case moves:
		write("access_cookie", "__Host-access")
	default:
		write("access_cookie", access)
	}
	sameSite, written := call["samesite"]
	if !written || strings.EqualFold(call.text("samesite"), "lax") {
		write("same_site", "lax")
	}
	if domain != "" {
		write("domain", strings.TrimPrefix(domain, "."))
	}
	v.Lines = append(lines, "}")
	v.insteadMeans(refresh, access, moves || domain != "")
	if strings.EqualFold(call.text("samesite"), "none") {
		v.replaced("SameSite=None has no line, since any page could use the cookies: serve the pages and the edge below one domain")
	} else if written && sameSite == nil {
		v.replaced("SameSite is computed: strict is the edge's default, and same_site lax the other choice")
	}
	for _, name := range []string{refresh, access} {
		if c := j.call(name); c != nil && name != "" && c["httponly"] != true && (c["httponly"] == false || !c.has("httponly")) {
			v.replaced("scripts can read the cookie %s today, and no cookie of the edge: a page asks the API who is logged in", name)
		}
	}
	v.replaced("in place of these views put SimpleJWT's own, which have the tokens in the body, run import again, and write these lines into token_refresh:")
}

// insteadMeans says what becomes of the browsers that are logged in, and of the API.
func (v *Verdict) insteadMeans(refresh, access string, renamed bool) {
	if renamed {
		v.replaced("browsers need one login, since the cookies get other names: two cookies of one name with another path or domain would both be refused; " +
			"where a page can read its refresh token, adopt takes it from the body of a refresh without a login")
	} else {
		v.replaced("a browser whose cookie %s holds the token itself goes on with it, any other needs one login; where a page can read its refresh token, "+
			"adopt takes it from the body of a refresh without a login", refresh)
	}
	if access != "" {
		v.replaced("the edge turns the cookie of access_cookie into an Authorization header, so that SimpleJWT's own JWTAuthentication takes it")
	}
}

func (c CookieCall) has(option string) bool { _, given := c[option]; return given }

// secured returns the name of a cookie with a domain: browsers take one with this prefix
// from https alone.
func secured(name, otherwise string) string {
	if name == "" {
		name = otherwise
	}
	if strings.HasPrefix(name, "__Secure-") {
		return name
	}
	return "__Secure-" + strings.TrimPrefix(name, "__Host-")
}
