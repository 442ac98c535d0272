// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"encoding/json"
	"sync"
	"testing"
	"time"
)

// TestLogout at one edge ends the session at all, from whichever of its tokens
// is shown, and for good: within the grace too.
func TestLogout(t *testing.T) {
	f, _ := startWithRedis(t)
	urls := f.urls(graced)
	for name, tt := range map[string]struct {
		shown int // which of three tokens
		want  reply
	}{
		"the newest":         {2, revoked},
		"a spent one":        {1, dead},
		"the first of three": {0, dead},
	} {
		tokens := []string{login()}
		for i := range 2 {
			tokens = append(tokens, next(t, urls[i], tokens[i]))
		}
		replay(t, urls[2], tokens[1])
		if got := ask(t, urls[0], "blacklist", tokens[tt.shown]); got != tt.want {
			t.Errorf("logout with %s: %+v, want %+v", name, got, tt.want)
		}
		for _, url := range urls {
			expect(t, url, "refresh", tokens[2], dead)
			expect(t, url, "refresh", tokens[1], dead) // was a repeat a moment ago
			expect(t, url, "blacklist", tokens[2], dead)
		}
	}
}

// TestLogoutRacesRefresh of another edge: whichever comes first, nothing of the
// session is left when both have been answered.
func TestLogoutRacesRefresh(t *testing.T) {
	f, _ := startWithRedis(t)
	urls := f.urls(graced)
	for range 40 {
		token := login()
		var refreshed, left reply
		var both sync.WaitGroup
		both.Go(func() { refreshed = ask(t, urls[0], "refresh", token) })
		both.Go(func() { left = ask(t, urls[1], "blacklist", token) })
		both.Wait()
		switch {
		case left != revoked && left != dead:
			t.Errorf("logout: %+v", left)
		case refreshed.status == 200:
			expect(t, urls[2], "refresh", refreshed.refresh, dead)
		case refreshed != dead || left != revoked:
			t.Errorf("refresh %+v, logout %+v", refreshed, left)
		}
		expect(t, urls[2], "refresh", token, dead)
	}
}

// TestRevokeSession by the admin API of one edge, named by any jti of it.
func TestRevokeSession(t *testing.T) {
	f, _ := startWithRedis(t)
	urls, first := f.urls(graced), login()
	newest := next(t, urls[1], next(t, urls[0], first))
	other := next(t, urls[2], login())
	if status, answer := f[2].api("POST", "/token_refresh/revoke", `{"name":"graced","jti":"`+jtiOf(t, first)+`"}`); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	for _, url := range urls {
		expect(t, url, "refresh", newest, dead)
	}
	next(t, urls[0], other)
}

// TestLogoutEverywhere by the admin API of one edge is seen by all, for the user
// 1 and "1" alike. What the user gets once the answer came is good.
func TestLogoutEverywhere(t *testing.T) {
	f, _ := startWithRedis(t)
	urls := f.urls(graced)
	for i, tt := range []struct {
		named   string
		spelled []string
	}{
		{`1`, []string{`1`, `"1"`}},
		{`"2"`, []string{`2`, `"2"`}},
		{`"ann"`, []string{`"ann"`}},
	} {
		now := time.Now().Unix()
		others := next(t, urls[0], loginAs(`"11"`, now))
		var tokens []string
		for _, user := range tt.spelled {
			token := loginAs(user, now-600)
			tokens = append(tokens, token, next(t, urls[1], token), loginAs(user, now))
		}
		status, answer := f[i].api("POST", "/token_refresh/revoke", `{"name":"graced","user_id":`+tt.named+`}`)
		var cut []struct {
			CutOff int64 `json:"cut_off"`
		}
		if err := json.Unmarshal([]byte(answer), &cut); status != 200 || err != nil || len(cut) != 1 || cut[0].CutOff < now {
			t.Fatalf("%d %s", status, answer)
		}
		for _, url := range urls {
			for _, token := range tokens {
				expect(t, url, "refresh", token, dead)
			}
		}
		for j, user := range tt.spelled {
			next(t, urls[(i+j+1)%3], loginAs(user, time.Now().Unix()))
		}
		next(t, urls[2], others)
	}
}
