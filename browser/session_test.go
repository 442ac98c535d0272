// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// wires are the ways in which tokens travel, with what the edge is told.
var wires = []struct{ name, lines string }{
	{"refreshCookie", rotating + "cookies\n"},
	{"bothCookies", rotating + "cookies {\n\taccess_cookie __Host-access\n}\n"},
	{"bodies", rotating},
}

// TestSession is a user's day: login, a look at an API, refresh, reload, logout.
func TestSession(t *testing.T) {
	for _, wire := range wires {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, wire.lines)
			w := newWindow(t)
			p := w.open(api + "/spa/")
			p.picture("1-before")
			p.login(ann)
			p.picture("2-logged-in")
			first := w.refreshToken()
			want(t, "refresh", p.click("refresh"), renewed)
			if w.refreshToken() == first && wire.name != "bodies" {
				t.Error("the refresh did not rotate the cookie")
			}
			want(t, "who am I", p.click("whoami"), loggedIn)
			p.reload()
			want(t, "after a reload", p.says(), loggedIn)
			want(t, "the name after a reload", p.user(), ann)
			p.picture("3-reloaded")
			attributes(t, w, wire.name)
			want(t, "logout", p.click("logout"), loggedOut)
			p.picture("4-logged-out")
			if got := w.cookies(); len(got) != 0 {
				t.Errorf("%d cookies outlive the logout", len(got))
			}
			p.reload()
			want(t, "a reload after the logout", p.says(), loggedOut)
		})
	}
}

// attributes checks the cookies that the browser keeps.
func attributes(t *testing.T, w *window, wire string) {
	t.Helper()
	names := map[string][]string{"refreshCookie": {"__Host-refresh"}, "bothCookies": {"__Host-refresh", "__Host-access"}}[wire]
	got := w.cookies()
	if len(got) != len(names) {
		t.Errorf("%d cookies, want %v", len(got), names)
	}
	for _, name := range names {
		c := got[name+" api.example.test"]
		if c == nil {
			t.Errorf("there is no cookie %s of the host alone", name)
			continue
		}
		if !c.HTTPOnly || !c.Secure || c.SameSite != network.CookieSameSiteStrict || c.Path != "/" || c.Session || !strings.HasPrefix(c.Value, "eyJ") {
			t.Errorf("cookie %s: HttpOnly %t, Secure %t, SameSite %s, Path %s, of the session %t", name, c.HTTPOnly, c.Secure, c.SameSite, c.Path, c.Session)
		}
	}
}
