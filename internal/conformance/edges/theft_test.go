// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import "testing"

// TestReuseEndsTheSession: after the grace a spent token kills the newest of its
// session, whichever edges rotated it, and no other session of the user.
func TestReuseEndsTheSession(t *testing.T) {
	f, _ := startWithRedis(t)
	urls := f.urls(brief)
	other := next(t, urls[1], login())
	first := login()
	newest := first
	for i := range 5 {
		newest = next(t, urls[i%3], newest)
	}
	if got := await(t, urls[0], first, "replayed", "straggler"); got != refusal("reused") {
		t.Errorf("after the grace: %+v", got)
	}
	expect(t, urls[2], "refresh", newest, dead)
	expect(t, urls[1], "verify", newest, reply{status: 400, outcome: "blacklisted", body: `{"non_field_errors":["Token is blacklisted"]}`})
	next(t, urls[2], other)
}

// TestReuseWithoutDetection refuses the token and lets the session live.
func TestReuseWithoutDetection(t *testing.T) {
	f, _ := startWithRedis(t)
	urls, first := f.urls(strict), login()
	newest := next(t, urls[1], next(t, urls[0], first))
	expect(t, urls[2], "refresh", first, refusal("reused"))
	next(t, urls[2], newest)
}

// TestThiefInTurns: a thief and the victim, at different edges, take turns with
// one session. Whoever comes second ends it for both.
func TestThiefInTurns(t *testing.T) {
	f, _ := startWithRedis(t)
	urls := f.urls(wary)
	stolen := login()
	thiefs := next(t, urls[0], next(t, urls[0], stolen))
	expect(t, urls[1], "refresh", stolen, refusal("reused")) // the victim wakes up
	expect(t, urls[0], "refresh", thiefs, dead)

	stolen = login()
	victims := next(t, urls[1], stolen)
	expect(t, urls[0], "refresh", stolen, refusal("reused")) // the thief comes second
	expect(t, urls[2], "refresh", victims, dead)

	// Within the grace the two share the session: there are never two tokens to
	// go on with.
	urls = f.urls(graced)
	newest := login()
	for i := range 6 {
		spent := newest
		newest = next(t, urls[i%3], spent)
		if replay(t, urls[(i+1)%3], spent) != newest {
			t.Error("the thief and the victim have different tokens")
		}
	}
}
