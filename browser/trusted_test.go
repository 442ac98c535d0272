// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import "testing"

// TestTrustedOrigin: the page is on an origin of its own, and the edge trusts it. It has
// the same day as a page on the edge's, and its cookies stay with the edge's host.
func TestTrustedOrigin(t *testing.T) {
	startEdge(t, "refreshCookie", rotating+"trusted_origins "+app+"\ncookies")
	w := newWindow(t)
	p := w.open(app + "/spa/")
	p.login(ann)
	first := w.refreshToken()
	want(t, "refresh", p.click("refresh"), renewed)
	if second := w.refreshToken(); second == first || second == "" {
		t.Error("the refresh did not rotate the cookie")
	}
	p.reload()
	want(t, "after a reload", p.says(), loggedIn)
	want(t, "the name after a reload", p.user(), ann)
	p.picture("reloaded")
	attributes(t, w, "refreshCookie")
	if token := refreshTokenIn(w.harvest(p)); token != "" {
		t.Errorf("a script of the page reads %s", token)
	}
	tab := w.open(api + "/spa/")
	want(t, "a page on the edge's origin", tab.says(), loggedIn)
	want(t, "logout", p.click("logout"), loggedOut)
	p.reload()
	want(t, "a reload after the logout", p.says(), loggedOut)
	want(t, "the page on the edge's origin", tab.click("refresh"), loggedOut)
}
