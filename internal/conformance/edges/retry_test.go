// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestTwoTabs share one jar and are sent to different edges: both go on, since
// whoever comes second gets what the first one got.
func TestTwoTabs(t *testing.T) {
	f, _ := startWithRedis(t)
	urls, jar := f.urls(graced), login()
	for i := range 12 {
		var tabs sync.WaitGroup
		var got [2]reply
		for j := range got {
			tabs.Go(func() { got[j] = ask(t, urls[(i+j)%3], "refresh", jar) })
		}
		tabs.Wait()
		if got[0].status != 200 || got[1].status != 200 || got[0].refresh != got[1].refresh {
			t.Fatalf("the tabs got %+v", got)
		}
		jar = got[1].refresh
	}
}

// hangUp sends a token and goes away without waiting for the answer. It returns
// once the token is spent.
func hangUp(t *testing.T, server *redistest.Server, url, site, token string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body := `{"refresh":"` + token + `"}`
	fmt.Fprintf(conn, "POST /api/token/refresh HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		strings.TrimPrefix(url, "http://"), len(body), body)
	conn.Close()
	server.Eventually("the token is spent", func() bool { return server.Do("EXISTS", recordKey(t, site, token)) == "1" })
}

// TestLostAnswer: a client that lost its answer may ask another edge. After the
// grace that is a reuse at every edge.
func TestLostAnswer(t *testing.T) {
	f, server := startWithRedis(t)
	for i := range 3 {
		token := login()
		urls := f.urls(graced)
		hangUp(t, server, urls[i], "graced", token)
		again := replay(t, urls[(i+1)%3], token)
		if third := replay(t, urls[(i+2)%3], token); third != again {
			t.Error("two repeats give two refresh tokens")
		}
		next(t, urls[i], again)
	}
	token, urls := login(), f.urls(brief)
	hangUp(t, server, urls[0], "brief", token)
	if got := await(t, urls[1], token, "replayed"); got != refusal("reused") {
		t.Errorf("after the grace: %+v", got)
	}
	// The one that it would have got is dead by now.
	expect(t, urls[2], "refresh", token, dead)
}

// TestUnknownOutcome: the answer of Redis is cut off after the write. The client
// gets 503, and whoever it asks then repeats what was written.
func TestUnknownOutcome(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	behind := startEdge(t, redis(proxy.Addr, patient)+perSite[graced])
	direct := startEdge(t, redis(server.Addr, patient)+perSite[graced])
	working(t, behind.urls[0])
	for i, second := range []*edge{direct, behind, direct} {
		token := login()
		proxy.CutAnswer(store.Locate(jtiOf(t, token)).Session)
		expect(t, behind.urls[0], "refresh", token, unavailable)
		if server.Do("EXISTS", recordKey(t, "graced", token)) != "1" {
			t.Fatalf("%d: the token is not spent: the answer of another command was cut", i)
		}
		got := await(t, second.urls[0], token, "store_error")
		if got.outcome != "replayed" {
			t.Fatalf("%d: the retry gets %+v, want a repeat", i, got)
		}
		if again := replay(t, direct.urls[0], token); again != got.refresh {
			t.Errorf("%d: two repeats give two refresh tokens", i)
		}
		working(t, behind.urls[0])
		next(t, behind.urls[0], got.refresh)
	}
}

// TestStraggler: a slow tab that comes with the predecessor when its successor
// was used on another edge is refused, and the session lives.
func TestStraggler(t *testing.T) {
	f, _ := startWithRedis(t)
	urls, first := f.urls(graced), login()
	second := next(t, urls[0], first)
	third := next(t, urls[1], second)
	expect(t, urls[2], "refresh", first, refusal("straggler"))
	fourth := next(t, urls[0], third)
	for _, url := range urls {
		expect(t, url, "refresh", first, refusal("straggler"))
		expect(t, url, "refresh", second, refusal("straggler"))
	}
	next(t, urls[2], fourth)
}

// TestOneSecond: rotations within one second, on different edges, differ, and
// each is where the chain says.
func TestOneSecond(t *testing.T) {
	f, _ := startWithRedis(t)
	urls, within := f.urls(strict), false
	redistest.Eventually(t, "two rotations happen in one second", func() bool {
		first := login()
		second := next(t, urls[0], first)
		third := next(t, urls[1], second)
		b, c := claimsOf(t, second, currentKey), claimsOf(t, third, currentKey)
		if b.JTI != store.Successor(jtiOf(t, first)) || c.JTI != store.Successor(b.JTI) {
			t.Errorf("the chain is %s, %s, %s", jtiOf(t, first), b.JTI, c.JTI)
		}
		within = b.IAT == c.IAT
		expect(t, urls[2], "refresh", first, refusal("reused"))
		expect(t, urls[0], "refresh", second, refusal("reused"))
		next(t, urls[2], third)
		return within
	})
}
