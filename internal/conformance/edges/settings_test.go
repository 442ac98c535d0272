// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// same wants two spellings of one token.
func same(t *testing.T, a, b claims) {
	t.Helper()
	if a != b {
		t.Errorf("the first use gives %+v, the repeat %+v", a, b)
	}
}

// TestRollOver between the first use of a token and its repeat: one edge signs
// with the new key already, one knows it, one has never heard of it. Whoever
// answers, it is one token, and it is spent once.
func TestRollOver(t *testing.T) {
	server := redistest.Start(t)
	shared := redis(server.Addr, patient) + perSite[graced]
	old := startEdge(t, shared).urls[0]
	prepared := startEdge(t, shared+"\nprevious_key {env.EDGES_NEXT_KEY}").urls[0]
	rolled := startEdge(t, strings.Replace(shared, "EDGES_KEY", "EDGES_NEXT_KEY", 1)+"\nprevious_key {env.EDGES_KEY}").urls[0]

	// First the new edge, then the one that has never heard of the key.
	token := login()
	byNew := next(t, rolled, token)
	byOld := replay(t, old, token)
	same(t, claimsOf(t, byNew, nextKey), claimsOf(t, byOld, currentKey))
	got := ask(t, old, "refresh", byNew)
	if got.status != 401 || got.outcome != "invalid" {
		t.Errorf("a key that the edge does not know: %+v", got)
	}
	newest := next(t, prepared, byNew) // so nothing was spent by that
	same(t, claimsOf(t, newest, currentKey), claimsOf(t, replay(t, rolled, byOld), nextKey))
	expect(t, old, "refresh", token, refusal("straggler"))
	next(t, rolled, newest)

	// And the other way round.
	token = login()
	byOld = next(t, old, token)
	byNew = replay(t, rolled, token)
	same(t, claimsOf(t, byOld, currentKey), claimsOf(t, byNew, nextKey))
	next(t, rolled, byOld)
	replay(t, prepared, byNew)
	expect(t, prepared, "refresh", token, refusal("straggler"))
}

// TestLifetimesDiffer between edges: a repeat has the times that the first use
// gave, and the record of it lives as long as either token.
func TestLifetimesDiffer(t *testing.T) {
	server := redistest.Start(t)
	shared := redis(server.Addr, patient) + perSite[graced] + "\nrefresh_token_lifetime "
	var urls []string
	for _, lifetime := range []string{"10m", "1h", "30d"} {
		urls = append(urls, startEdge(t, shared+lifetime).urls[0])
	}
	for i, seconds := range []int64{600, 3600, 30 * 86400} {
		token := login()
		first := next(t, urls[i], token)
		was := claimsOf(t, first, currentKey)
		if was.EXP-was.IAT != seconds {
			t.Errorf("the successor lives %d seconds, want %d", was.EXP-was.IAT, seconds)
		}
		for j := range urls {
			same(t, was, claimsOf(t, replay(t, urls[j], token), currentKey))
		}
		next(t, urls[(i+1)%3], first)
		for _, url := range urls {
			expect(t, url, "refresh", token, refusal("straggler"))
		}
	}
}

// TestOptionsDiffer between edges, as while a new configuration is rolled out:
// each edge judges by its own, and the record is one.
func TestOptionsDiffer(t *testing.T) {
	server := redistest.Start(t)
	shared := redis(server.Addr, patient) + "name one\n"
	lenient := startEdge(t, shared+"reuse_grace 60s").urls[0]
	harsh := startEdge(t, shared).urls[0]
	limited := startEdge(t, shared+"session_lifetime 30d\nreuse_grace 60s").urls[0]
	first := login()
	second := next(t, lenient, first)
	expect(t, harsh, "refresh", first, refusal("reused"))
	replay(t, lenient, first)
	third := next(t, harsh, second)
	expect(t, lenient, "refresh", first, refusal("straggler"))
	again := claimsOf(t, replay(t, limited, second), currentKey)
	same(t, claimsOf(t, third, currentKey), again)
	next(t, limited, third)
}

// TestNames keep sites apart that have one store, on one edge and on several.
func TestNames(t *testing.T) {
	server := redistest.Start(t)
	shared := redis(server.Addr, patient) + "reuse_grace 60s\n"
	a := startEdge(t, shared+"name shop separate", shared+"name club")
	b := startEdge(t, shared+"name shop separate", shared+"name club")
	token := login()
	shop := next(t, a.urls[0], token)
	club := next(t, b.urls[1], token)
	if jtiOf(t, shop) != jtiOf(t, club) {
		t.Error("the successor depends on the name")
	}
	newest := next(t, b.urls[0], shop)
	expect(t, a.urls[0], "refresh", token, refusal("straggler"))
	replay(t, a.urls[1], token) // its successor is unused in the club
	expect(t, b.urls[1], "blacklist", club, revoked)
	expect(t, a.urls[1], "refresh", club, dead)
	expect(t, a.urls[1], "refresh", token, dead)
	newest = next(t, a.urls[0], newest)
	if status, answer := a.api("POST", "/token_refresh/revoke", `{"name":"club","user_id":1}`); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	next(t, b.urls[0], newest)
}
