// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// TestLostRecord: a failover lost the record of a session. Its newest token is
// let through, since its user did nothing wrong, and the tokens before it are
// spent then. Who shows an older one first gets the successor that it gave
// before, so that the session has one end.
func TestLostRecord(t *testing.T) {
	f, server := startWithRedis(t)
	for site, name := range map[int]string{strict: "strict", graced: "graced", wary: "wary"} {
		urls, first := f.urls(site), login()
		second := next(t, urls[0], first)
		third := next(t, urls[1], second)
		if server.Do("DEL", recordKey(t, name, first)) != "1" {
			t.Fatal("there was no record")
		}
		fourth := next(t, urls[2], third)
		expect(t, urls[0], "refresh", first, refusal("reused"))
		if site == strict {
			next(t, urls[1], fourth)
		} else {
			expect(t, urls[1], "refresh", fourth, dead)
		}
	}
	urls, first := f.urls(strict), login()
	second := next(t, urls[0], first)
	server.Do("DEL", recordKey(t, "strict", first))
	if again := next(t, urls[1], first); jtiOf(t, again) != jtiOf(t, second) {
		t.Error("one token has two successors")
	}
	next(t, urls[2], second)
	expect(t, urls[0], "refresh", second, refusal("reused"))
	expect(t, urls[1], "refresh", first, refusal("reused"))
}

// down wants 503 at every endpoint of every edge within a bound.
func down(t *testing.T, f fleet, spent, fresh string) {
	t.Helper()
	for _, url := range f.urls(graced) {
		for _, token := range []string{spent, fresh} {
			for _, endpoint := range []string{"refresh", "verify", "blacklist"} {
				if endpoint == "blacklist" && token == fresh {
					continue // that it is still good is looked at later
				}
				began := time.Now()
				expect(t, url, endpoint, token, unavailable)
				if took := time.Since(began); took > 5*time.Second {
					t.Errorf("%s took %v, bound to 500ms", endpoint, took)
				}
			}
		}
	}
}

// TestRedisDown: 503 with Retry-After while Redis is gone or hangs, at every
// endpoint, and all is well when it is back, without a reload. What was spent
// stays spent, what was not is good.
func TestRedisDown(t *testing.T) {
	server := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
	f := startFleet(t, redis(server.Addr, "timeout 500ms"))
	urls := f.urls(graced)
	for _, url := range urls {
		working(t, url)
	}
	for name, fault := range map[string][2]func(){
		"stopped": {server.Stop, server.Launch},
		"hanging": {server.Pause, server.Resume},
	} {
		spent, fresh := login(), login()
		second := await(t, urls[0], spent, "store_error")
		third := await(t, urls[1], second.refresh, "store_error")
		if third.status != 200 {
			t.Fatalf("%s: before: %+v", name, third)
		}
		fault[0]()
		down(t, f, spent, fresh)
		if status, answer := f[0].api("GET", "/token_refresh/status", ""); status != 200 || strings.Contains(answer, `"up":true`) {
			t.Errorf("%s: status is %d %s", name, status, answer)
		}
		fault[1]()
		for i, url := range urls {
			working(t, url)
			if got := await(t, url, spent, "store_error"); got != refusal("straggler") && got != dead {
				t.Errorf("%s: edge %d about a token that was spent before: %+v", name, i, got)
			}
			// It may have been spent by a request that was told 503.
			if got := await(t, url, fresh, "store_error"); got.status != 200 {
				t.Errorf("%s: edge %d about the token that it could not judge: %+v", name, i, got)
			}
		}
	}
}

// TestStartedWhileDown: an edge that was started without its Redis answers 503,
// and works once Redis is there.
func TestStartedWhileDown(t *testing.T) {
	server := redistest.Start(t)
	server.Stop()
	e := startEdge(t, redis(server.Addr, "timeout 500ms")+perSite[graced])
	expect(t, e.urls[0], "refresh", login(), unavailable)
	server.Launch()
	working(t, e.urls[0])
}

// TestNothingIsTold: not the password of Redis, not a key and not a token, by
// the admin API, the metrics or the log, when all is well and when it is not.
// What every log must not hold, inspectLog looks for.
func TestNothingIsTold(t *testing.T) {
	server := redistest.Start(t, "--requirepass", password)
	store := func(secret string) string { return redis(server.Addr, "password "+secret, "timeout 500ms") }
	right := startEdge(t, store("{env.EDGES_PASSWORD}")+perSite[graced])
	wrong := startEdge(t, store("{env.EDGES_KEY}")+perSite[graced])
	working(t, right.urls[0])
	first := login()
	expect(t, wrong.urls[0], "refresh", first, unavailable)
	second := await(t, right.urls[0], first, "store_error").refresh
	third := await(t, right.urls[0], second, "store_error").refresh
	if third == "" {
		t.Fatal("the session does not go on")
	}
	await(t, right.urls[0], first, "store_error")
	await(t, right.urls[0], login()+"x", "store_error")
	server.Stop()
	expect(t, right.urls[0], "refresh", third, unavailable)
	secrets := []string{"eyJ", password, currentKey}
	for _, token := range []string{first, second, third} {
		secrets = append(secrets, token[strings.LastIndex(token, ".")+1:])
	}
	for _, e := range []*edge{right, wrong} {
		for _, path := range []string{"/config/", "/metrics", "/token_refresh/status"} {
			status, answer := e.api("GET", path, "")
			if status != 200 || !strings.Contains(answer, "token_refresh") && !strings.Contains(answer, "graced") {
				t.Errorf("%s: %d %s", path, status, answer)
			}
			for _, secret := range secrets {
				if strings.Contains(answer, secret) {
					t.Errorf("%s holds %s: %s", path, secret, answer)
				}
			}
		}
		// A token's signature alone would not begin as tokens do.
		e.stop()
		e.lacks(secrets...)
	}
}
