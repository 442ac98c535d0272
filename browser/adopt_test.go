// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import "testing"

// TestPageBeforeAdopt: a page that knows cookies works in front of an edge without them,
// and its user moves over when the edge has them, without a login.
func TestPageBeforeAdopt(t *testing.T) {
	for wire, lines := range map[string]string{
		"refreshCookie": "cookies {\n\tadopt\n}\n",
		"bothCookies":   "cookies {\n\tadopt\n\taccess_cookie __Host-access\n}\n",
	} {
		t.Run(wire, func(t *testing.T) {
			w := newWindow(t)
			var p *tab
			stored := func() string { return findJWT(eval[string](p, `return JSON.stringify(localStorage)`)) }
			t.Run("bodies", func(t *testing.T) {
				startEdge(t, wire, rotating)
				p = w.open(api + "/spa/")
				p.login(ann)
				want(t, "refresh", p.click("refresh"), renewed)
				p.reload()
				want(t, "after a reload", p.says(), loggedIn)
				if stored() == "" {
					t.Error("no token is in localStorage")
				}
			})
			t.Run("adopt", func(t *testing.T) {
				startEdge(t, wire, rotating+lines)
				want(t, "refresh", p.click("refresh"), renewed)
				attributes(t, w, wire)
				if stored() != "" {
					t.Error("a token is still in localStorage")
				}
				p.reload()
				want(t, "after a reload", p.says(), loggedIn)
				want(t, "the name", p.user(), ann)
				want(t, "logout", p.click("logout"), loggedOut)
			})
		})
	}
}
