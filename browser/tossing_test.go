// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"fmt"
	"strings"
	"testing"
)

// TestCookieTossing: a sister domain sets cookies of our names for the whole domain, for
// each path and spelling that a server might mistake for ours. The browser refuses those
// with the prefix __Host-, and the edge takes no other for it.
func TestCookieTossing(t *testing.T) {
	startEdge(t, "bothCookies", rotating+"cookies {\n\taccess_cookie __Host-access\n}\n")
	w := newWindow(t)
	p := w.open(api + "/spa/")
	p.login(ann)
	refresh, access := w.refreshToken(), w.cookie("__Host-access")
	theirs := eval[int](w.open(sister+"/"), fmt.Sprintf(`
		for (const name of ["__Host-refresh", "__host-refresh", "__HOST-REFRESH", "=__Host-refresh", "\u2000__Host-refresh", "__Host-refresh\u00a0", "__Host-access", "=__Host-access", "\u00a0__Host-access"])
			for (const path of ["/", "/api", "/api/token/refresh/", "/api/me/"])
				for (const domain of ["; Domain=example.test", "; Domain=api.example.test", ""])
					document.cookie = name + "=%s; Secure; Path=" + path + domain;
		return (await cookieStore.getAll()).length;`, tokensOf(t, mallory).Refresh))
	t.Logf("the sister keeps %d cookies on its own page", theirs)
	if w.refreshToken() != refresh || w.cookie("__Host-access") != access {
		t.Error("the cookies changed")
	}
	want(t, "who am I", p.click("whoami"), loggedIn)
	want(t, "refresh", p.click("refresh"), renewed)
	p.reload()
	want(t, "after a reload", p.says(), loggedIn)
	want(t, "the name", p.user(), ann)
}

// TestCookieTossingWithDomain: with `domain` all hosts of the domain may set the cookies.
// A second cookie of the name makes neither count, so a sister can log the user out, and
// cannot have a page of the user go on with another session unnoticed.
func TestCookieTossingWithDomain(t *testing.T) {
	startEdge(t, "refreshCookie", rotating+"cookies {\n\trefresh_cookie __Secure-refresh\n\tdomain example.test\n}\n")
	w := newWindow(t)
	p := w.open(api + "/spa/")
	p.login(ann)
	if got := len(w.cookies()); got != 1 {
		t.Fatalf("%d cookies after the login, want 1", got)
	}
	eval[bool](w.open(sister+"/"), fmt.Sprintf(`document.cookie = "__Secure-refresh=%s; Secure; Domain=example.test; Path=/api"; return true;`, tokensOf(t, mallory).Refresh))
	if got := len(w.cookies()); got != 2 {
		t.Fatalf("%d cookies, want that of the sister, too", got)
	}
	answer := eval[string](p, `
		const answer = await fetch("/api/token/refresh/", { method: "POST" });
		return answer.status + await answer.text();`)
	if !strings.HasPrefix(answer, "401") || findJWT(answer) != "" {
		t.Errorf("a refresh with two cookies gets %.60s, want 401", answer)
	}
}
