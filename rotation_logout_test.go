// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"sync"
	"testing"
)

// TestLogout ends a session from whichever of its tokens is shown, and for good:
// within the grace too.
func TestLogout(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s", "reuse_detection"))
	live := reply{status: 200, outcome: "revoked", body: "{}"}
	dead := reply{status: 401, outcome: "blacklisted", body: blacklistedBody}
	for name, tt := range map[string]struct {
		shown int // which of three tokens
		want  reply
	}{
		"the newest":         {2, live},
		"a spent one":        {1, dead},
		"the first of three": {0, dead},
	} {
		tokens := []string{newToken(t)}
		for i := range 2 {
			tokens = append(tokens, next(t, edge, tokens[i]))
		}
		if got := ask(t, edge, "blacklist", tokens[tt.shown]); got != tt.want {
			t.Errorf("logout with %s: %+v, want %+v", name, got, tt.want)
		}
		refused(t, edge, tokens[2], "blacklisted")
		refused(t, edge, tokens[1], "blacklisted") // a repeat would be within the grace
		if got := ask(t, edge, "blacklist", tokens[2]); got != dead {
			t.Errorf("logout again after %s: %+v", name, got)
		}
	}
	unused := newToken(t)
	if got := ask(t, edge, "blacklist", unused); got != live {
		t.Errorf("logout before any refresh: %+v", got)
	}
	refused(t, edge, unused, "blacklisted")
}

// TestLogoutRacesRefresh: whichever comes first, nothing of the session is left
// when both have been answered.
func TestLogoutRacesRefresh(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s"))
	for range 25 {
		token := newToken(t)
		var refreshed, left reply
		var both sync.WaitGroup
		both.Go(func() { refreshed = ask(t, edge, "refresh", token) })
		both.Go(func() { left = ask(t, edge, "blacklist", token) })
		both.Wait()
		switch {
		case refreshed.status == 200:
			refused(t, edge, refreshed.refresh, "blacklisted")
			// 401 says that the token was spent before; 200 that it was not.
			if left.status != 200 && left.body != blacklistedBody {
				t.Errorf("logout: %+v", left)
			}
		case refreshed.outcome != "blacklisted" || left.status != 200:
			t.Errorf("refresh %+v, logout %+v", refreshed, left)
		}
		refused(t, edge, token, "blacklisted")
	}
}

// TestLogoutCatchesUp: a client that refreshes as fast as it can cannot get away
// from a logout with its first token.
func TestLogoutCatchesUp(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s"))
	for range 5 {
		first := newToken(t)
		newest := first
		ahead, gone := make(chan struct{}), make(chan struct{})
		var client sync.WaitGroup
		client.Go(func() {
			for i := 0; ; i++ {
				if i == 5 {
					close(ahead)
				}
				var over bool
				select {
				case <-gone:
					over = true
				default:
				}
				got := ask(t, edge, "refresh", newest)
				switch {
				case over && got.status != 401:
					t.Errorf("after the logout was answered: %+v", got)
					return
				case got.status != 200:
					if got.outcome != "blacklisted" || i < 5 {
						t.Errorf("the session ends after %d refreshes with %+v", i, got)
					}
					return
				}
				newest = got.refresh
			}
		})
		<-ahead
		if got := ask(t, edge, "blacklist", first); got.status != 401 {
			t.Errorf("logout with a spent token: %+v", got)
		}
		close(gone)
		client.Wait()
	}
}
