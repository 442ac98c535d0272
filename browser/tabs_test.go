// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"net/http"
	"testing"
	"time"
)

// tabCount is how many tabs a user has open.
const tabCount = 8

// withoutLocks is a browser without Web Locks, or a page that does not use them.
const withoutLocks = `navigator.locks.request = (name, task) => task();`

// TestTabs: the access tokens of eight tabs expire, and all of them ask the API at one
// time. Rotation spends each refresh token, and no tab is logged out. The client has one
// refresh in flight in all tabs together.
func TestTabs(t *testing.T) {
	for _, wire := range wires {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, wire.lines+"access_token_lifetime 5s")
			way := startProxy(t)
			tabs := openTabs(t, newWindow(t), front)
			way.fail()
			for i, said := range together[string](tabs, clicking("whoami")) {
				if said != loggedIn {
					t.Errorf("tab %d says %q", i, said)
				}
			}
			tabs[tabCount-1].picture("all-asked")
			// Where tabs share what they know one refresh is enough for all, unless
			// localStorage shows a tab late what another one wrote.
			refreshes, _ := way.seen()
			t.Logf("%d refreshes", refreshes)
			if refreshes == 0 || wire.name == "refreshCookie" && refreshes < tabCount {
				t.Errorf("%d refreshes: the access tokens had not expired", refreshes)
			}
			if most := way.mostAtOnce(); most != 1 {
				t.Errorf("%d refreshes were in flight at one time", most)
			}
		})
	}
}

// TestTabsWithoutLocks: refreshes that meet get the same tokens, within the grace. A tab
// whose refresh came after two others is a straggler: it asks again.
func TestTabsWithoutLocks(t *testing.T) {
	for _, wire := range wires[:2] {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, wire.lines+"access_token_lifetime 5s")
			w := newWindow(t)
			tabs := openTabs(t, w, api, withoutLocks)
			late := 0
			for i, said := range together[string](tabs, clicking("whoami")) {
				if said == loggedIn {
					continue
				}
				late++
				if again := tabs[i].click("whoami"); again != loggedIn {
					t.Errorf("tab %d says %q, then %q", i, said, again)
				}
			}
			t.Logf("%d stragglers", late)
			if w.refreshToken() == "" {
				t.Error("the session's cookie is gone")
			}
		})
	}
}

// openTabs logs in, opens all tabs, and waits until their access tokens have expired.
func openTabs(t *testing.T, w *window, origin string, first ...string) []*tab {
	t.Helper()
	tabs := []*tab{w.open(origin+"/spa/", first...)}
	tabs[0].login(ann)
	for len(tabs) < tabCount {
		tabs = append(tabs, w.open(origin+"/spa/", first...))
	}
	arrivals := shared.witness.during(func() {
		for i, p := range tabs {
			want(t, "a new tab", p.says(), loggedIn)
			if i == 0 { // its token is Django's, which lives longer
				want(t, "refresh", p.click("refresh"), renewed)
			}
			want(t, "a new tab", p.click("whoami"), loggedIn)
		}
	})
	deadline := time.Now().Add(patience)
	for _, a := range arrivals {
		for a.Authorization != "" && statusOf(t, a.Authorization) != http.StatusUnauthorized {
			if time.Now().After(deadline) {
				t.Fatal("an access token does not expire")
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return tabs
}

// statusOf asks Django what an access token is worth.
func statusOf(t *testing.T, authorization string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+shared.django+"/api/me/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", authorization)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestLogoutInOneTab: a logout ends the session of all tabs, also of one that hears of
// nothing.
func TestLogoutInOneTab(t *testing.T) {
	for _, wire := range wires {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, wire.lines)
			w := newWindow(t)
			first := w.open(api + "/spa/")
			first.login(ann)
			second := w.open(api + "/spa/")
			deaf := w.open(api+"/spa/", `BroadcastChannel.prototype.postMessage = () => {}; Object.defineProperty(BroadcastChannel.prototype, "onmessage", { set() {} });`)
			for _, p := range []*tab{second, deaf} {
				want(t, "another tab", p.says(), loggedIn)
			}
			want(t, "logout", first.click("logout"), loggedOut)
			second.poll(`document.getElementById("said").textContent === "` + loggedOut + `"`)
			second.picture("another-tab")
			// Its access token lives on, as JWTs do, if it is in its own memory.
			deaf.click("refresh")
			want(t, "the tab that hears of nothing", deaf.click("whoami"), loggedOut)
			if got := w.cookies(); len(got) != 0 {
				t.Errorf("%d cookies outlive the logout", len(got))
			}
		})
	}
}
