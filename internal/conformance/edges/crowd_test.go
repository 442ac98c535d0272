// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// each is how many requests of a crowd go to each edge.
const each = 64

// crowd sends one token to all edges at once.
func crowd(t *testing.T, urls [3]string, token string) []reply {
	t.Helper()
	replies := make([]reply, each*len(urls))
	start := make(chan struct{})
	var clients sync.WaitGroup
	for i := range replies {
		clients.Go(func() {
			<-start
			replies[i] = ask(t, urls[i%len(urls)], "refresh", token)
		})
	}
	close(start)
	clients.Wait()
	return replies
}

// crowdStrict wants exactly one winner, and returns its new token.
func crowdStrict(t *testing.T, urls [3]string, token string) (newest string) {
	t.Helper()
	for _, got := range crowd(t, urls, token) {
		switch {
		case got.status == 200 && got.outcome == "rotated" && newest == "":
			newest = got.refresh
		case got != refusal("reused"):
			t.Errorf("%+v beside a winner", got)
		}
	}
	if newest == "" {
		t.Fatal("nobody wins")
	}
	if got, want := jtiOf(t, newest), store.Successor(jtiOf(t, token)); got != want {
		t.Errorf("the winner's jti is %s, want %s", got, want)
	}
	return newest
}

// crowdGraced wants the same refresh token for all, and for each an access token
// of its own that another edge takes.
func crowdGraced(t *testing.T, urls [3]string, token string) (newest string) {
	t.Helper()
	refresh, access, outcomes := map[string]bool{}, map[string]bool{}, map[string]int{}
	for i, got := range crowd(t, urls, token) {
		if got.status != 200 {
			t.Fatalf("within the grace: %+v", got)
		}
		newest = got.refresh
		refresh[got.refresh], access[got.access] = true, true
		outcomes[got.outcome]++
		if c := claimsOf(t, got.access, currentKey); c.Type != "access" || c.EXP <= time.Now().Unix() {
			t.Errorf("the access token holds %+v", c)
		}
		if i%8 == 0 {
			expect(t, urls[(i+1)%len(urls)], "verify", got.access, reply{status: 200, outcome: "verified", body: "{}"})
		}
	}
	all := each * len(urls)
	if len(refresh) != 1 || len(access) != all || outcomes["rotated"] != 1 || outcomes["replayed"] != all-1 {
		t.Errorf("%d refresh tokens, %d access tokens, outcomes %v; want 1, %d, one rotated", len(refresh), len(access), outcomes, all)
	}
	if got, want := jtiOf(t, newest), store.Successor(jtiOf(t, token)); got != want {
		t.Errorf("the successor's jti is %s, want %s", got, want)
	}
	return newest
}

// TestCrowd: of 64 requests to each of three edges with one token exactly one
// wins, or, within the grace, all get the same successor.
func TestCrowd(t *testing.T) {
	f, _ := startWithRedis(t)
	one, many := login(), login()
	for range 5 {
		one = crowdStrict(t, f.urls(strict), one)
		many = crowdGraced(t, f.urls(graced), many)
	}
}

// TestCrowdOnCluster has the same verdicts where the records lie on three
// masters, and goes on until each of them has some.
func TestCrowdOnCluster(t *testing.T) {
	nodes := redistest.StartCluster(t, 3)
	var addresses []string
	for _, n := range nodes {
		addresses = append(addresses, n.Addr)
	}
	f := startFleet(t, redis(strings.Join(addresses, " "), "cluster", patient))
	for i := 0; ; i++ {
		one, many := login(), login()
		for range 2 {
			one = crowdStrict(t, f.urls(strict), one)
			many = crowdGraced(t, f.urls(graced), many)
		}
		used := 0
		for _, n := range nodes {
			if n.Do("KEYS", "*:s1:*") != "" {
				used++
			}
		}
		if used == len(nodes) {
			return
		}
		if i == 100 {
			t.Fatalf("after 200 sessions only %d masters hold records", used)
		}
	}
}
