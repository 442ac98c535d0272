// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// attempts is how often the client sends a refresh, and gaveUp what the SPA says then.
const (
	attempts = 5
	gaveUp   = "/api/token/refresh/ does not answer: try again later"
)

// TestClientRepeats: a refresh that is not answered is repeated, and the user notices
// nothing. Where the edge had spent the token, the grace gives the same answer again.
func TestClientRepeats(t *testing.T) {
	for _, wire := range wires {
		t.Run(wire.name, func(t *testing.T) {
			startEdge(t, wire.name, wire.lines)
			way := startProxy(t)
			p := newWindow(t).open(front + "/spa/")
			p.login(ann)
			for _, faults := range [][]fault{{unavailable}, {tooEarly}, {unreached}, {lost}, {silent}, {unavailable, lost, tooEarly}} {
				way.fail(faults...)
				want(t, fmt.Sprint(faults), p.click("refresh"), renewed)
				if refreshes, left := way.seen(); left > 0 || refreshes <= len(faults) {
					t.Errorf("%v: %d refreshes came, and %d faults are left", faults, refreshes, left)
				}
				want(t, "who am I", p.click("whoami"), loggedIn)
			}
			p.reload()
			want(t, "a reload", p.says(), loggedIn)
		})
	}
}

// TestClientGivesUp: the client repeats a refresh a few times and no more, nobody is
// logged out by that, and the next attempt of the user succeeds.
func TestClientGivesUp(t *testing.T) {
	startEdge(t, "refreshCookie", rotating+"cookies")
	way := startProxy(t)
	p := newWindow(t).open(front + "/spa/")
	p.login(ann)
	way.fail(unavailable, unavailable, unavailable, unavailable, unavailable)
	want(t, "refresh", p.click("refresh"), gaveUp)
	if refreshes, _ := way.seen(); refreshes != attempts {
		t.Errorf("%d refreshes, want %d", refreshes, attempts)
	}
	want(t, "who am I", p.click("whoami"), loggedIn)
	want(t, "refresh", p.click("refresh"), renewed)
}

// TestStoreDown: while the store does not answer, the edge says 503. A page of a trusted
// origin can read when to come back, keeps its session, and goes on once the store is there.
func TestStoreDown(t *testing.T) {
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	startEdge(t, "", rotating+"trusted_origins "+app+"\ncookies\nstore redis "+addr)
	w := newWindow(t)
	p := w.open(app + "/spa/")
	p.login(ann)
	before := w.refreshToken()
	want(t, "refresh", p.click("refresh"), gaveUp)
	p.picture("down")
	const ask = `
		const answer = await fetch("` + api + `/api/token/refresh/", { method: "POST", credentials: "include" });
		return answer.status + " " + answer.headers.get("Retry-After");`
	if got := eval[string](p, ask); got != "503 1" {
		t.Errorf("the page reads %q, want 503 and Retry-After: 1", got)
	}
	if before == "" || w.refreshToken() != before {
		t.Error("the cookie is not what it was")
	}
	_, port, _ := strings.Cut(addr, ":")
	redis, err := conformance.Start(exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir()), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = redis.Stop() })
	for deadline := time.Now().Add(patience); p.click("refresh") != renewed; {
		if time.Now().After(deadline) {
			t.Fatal("the page does not go on with the store")
		}
	}
	want(t, "who am I", p.click("whoami"), loggedIn)
	if w.refreshToken() == before {
		t.Error("the refresh did not rotate the cookie")
	}
}
