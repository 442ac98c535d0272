// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"encoding/json"
	"fmt"
	"slices"
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
	want := map[string][]string{"refreshCookie": {"__Host-refresh"}, "bothCookies": {"__Host-access", "__Host-refresh"}}[wire]
	var got []string
	for _, c := range w.cookies() {
		got = append(got, c.Name)
		if !c.HTTPOnly || !c.Secure || c.SameSite != network.CookieSameSiteStrict || c.Path != "/" || c.Session ||
			c.Domain != strings.TrimPrefix(api, "https://") || !strings.HasPrefix(c.Value, "eyJ") {
			t.Errorf("cookie %s: HttpOnly %t, Secure %t, SameSite %s, Domain %s, Path %s, of the session %t", c.Name, c.HTTPOnly, c.Secure, c.SameSite, c.Domain, c.Path, c.Session)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the browser keeps %v, want %v", got, want)
	}
}

// TestAdopt: a user who holds tokens in localStorage, from a release of the page before
// cookies, moves over without a login.
func TestAdopt(t *testing.T) {
	for _, wire := range []struct{ name, lines string }{
		{"refreshCookie", "cookies {\n\tadopt\n}\n"},
		{"bothCookies", "cookies {\n\tadopt\n\taccess_cookie __Host-access\n}\n"},
	} {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, rotating+wire.lines)
			old, err := json.Marshal(map[string]string{"refresh": tokensOf(t, ann).Refresh, "access": "of yesterday"})
			if err != nil {
				t.Fatal(err)
			}
			w := newWindow(t)
			p := w.open(api+"/spa/", fmt.Sprintf("if (!sessionStorage.once) { sessionStorage.once = true; localStorage.setItem('tokens', '%s'); }", old))
			want(t, "the page", p.says(), loggedIn)
			attributes(t, w, wire.name)
			if got := eval[string](p, `return JSON.stringify(localStorage)`); findJWT(got) != "" {
				t.Error("a token is still in localStorage")
			}
			p.reload()
			want(t, "after a reload", p.says(), loggedIn)
			want(t, "the name", p.user(), ann)
			want(t, "logout", p.click("logout"), loggedOut)
		})
	}
}
