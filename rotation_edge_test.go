// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestImpliedStore: blacklist_after_rotation alone brings the file store below
// Caddy's data directory, and a token can be used once. Its timeout is the default,
// which a busy machine may take longer than: a 503 says that the edge cannot know
// whether the token is spent, so another login is tried.
func TestImpliedStore(t *testing.T) {
	edge := startEdge(t, siteWith("signing_key {env.DJANGO_SECRET_KEY}", "rotate_refresh_tokens", "blacklist_after_rotation"))
	deadline := time.Now().Add(time.Minute)
	refresh := func(token func() string) (string, reply) {
		t.Helper()
		for {
			shown := token()
			if got := ask(t, edge, "refresh", shown); got.status != 503 || time.Now().After(deadline) {
				return shown, got
			}
		}
	}
	first, got := refresh(func() string { return newToken(t) })
	if got.status != 200 || got.refresh == "" {
		t.Fatalf("a fresh token: %+v", got)
	}
	if _, got := refresh(func() string { return first }); got.status != 401 || got.body != blacklistedBody {
		t.Errorf("a spent token: %+v", got)
	}
	if info, err := os.Stat(filepath.Join(edge.Value("dir"), "caddy", "token_refresh", "tokens.db")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
}

// crowd sends one token 64 times at once.
func crowd(t *testing.T, edge *edgetest.Edge, token string) []reply {
	t.Helper()
	replies := make([]reply, 64)
	start := make(chan struct{})
	var clients sync.WaitGroup
	for i := range replies {
		clients.Go(func() {
			<-start
			replies[i] = ask(t, edge, "refresh", token)
		})
	}
	close(start)
	clients.Wait()
	return replies
}

// TestCrowdStrict: of 64 requests with one token exactly one wins.
func TestCrowdStrict(t *testing.T) {
	edge := startEdge(t, spending())
	token := newToken(t)
	for range 5 {
		winner := ""
		for _, got := range crowd(t, edge, token) {
			switch {
			case got.status == 200 && winner == "":
				winner = got.refresh
			case got.status != 401 || got.body != blacklistedBody || got.outcome != "reused":
				t.Errorf("%+v beside a winner", got)
			}
		}
		if winner == "" {
			t.Fatal("nobody wins")
		}
		if got, want := payloadOf(t, winner)["jti"], store.Successor(payloadOf(t, token)["jti"].(string)); got != want {
			t.Errorf("the winner's jti is %v, want %s", got, want)
		}
		token = winner
	}
}

// TestCrowdWithGrace: within the grace all 64 get the same refresh token, and
// access tokens of their own.
func TestCrowdWithGrace(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s", "reuse_detection"))
	token := newToken(t)
	for range 5 {
		refresh, access, outcomes := map[string]bool{}, map[string]bool{}, map[string]int{}
		for _, got := range crowd(t, edge, token) {
			if got.status != 200 {
				t.Errorf("%+v", got)
			}
			refresh[got.refresh], access[got.access] = true, true
			outcomes[got.outcome]++
			token = got.refresh
		}
		if len(refresh) != 1 || len(access) != 64 || outcomes["rotated"] != 1 || outcomes["replayed"] != 63 {
			t.Errorf("%d refresh tokens, %d access tokens, outcomes %v; want 1, 64, one rotated", len(refresh), len(access), outcomes)
		}
	}
}

// TestTwoTabs share one jar, and refresh whenever they like: both go on, since
// whoever comes second gets what the first one got.
func TestTwoTabs(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s", "reuse_detection"))
	jar := newToken(t)
	for range 10 {
		var tabs sync.WaitGroup
		var got [2]reply
		for i := range got {
			tabs.Go(func() { got[i] = ask(t, edge, "refresh", jar) })
		}
		tabs.Wait()
		if got[0].status != 200 || got[1].status != 200 || got[0].refresh != got[1].refresh {
			t.Fatalf("the tabs got %+v", got)
		}
		jar = got[1].refresh
	}
}

// TestLostAnswer: a client that goes away before the answer has spent its token
// all the same. Within the grace it may ask again.
func TestLostAnswer(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s"))
	for i := range 3 {
		jti := fmt.Sprintf("lost-%d", i)
		token := newToken(t, "--claim", "jti="+jti)
		conn, err := net.Dial("tcp", strings.TrimPrefix(edge.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		body := refreshBody(token)
		fmt.Fprintf(conn, "POST /api/token/refresh HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		conn.Close()
		edge.WaitLog(func(e edgetest.Entry) bool { return e.Text("outcome") == "rotated" && e.Text("jti") == jti })
		if got := ask(t, edge, "refresh", token); got.status != 200 || got.outcome != "replayed" {
			t.Errorf("the retry gets %+v", got)
		}
	}
}

// TestLostAnswerAfterTheGrace: it costs the session.
func TestLostAnswerAfterTheGrace(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 1s"))
	token := newToken(t)
	newest := next(t, edge, token)
	if got := overGrace(t, edge, token); got.outcome != "reused" || got.body != blacklistedBody {
		t.Errorf("after the grace: %+v", got)
	}
	next(t, edge, newest) // nobody asked for reuse_detection
}

// TestLateRetry: with late_retry a lost answer is given after the grace, also to the
// eight requests of a page that wakes up. The log, the access log and the metrics tell
// it from a repeat. The session's next late retry ends it.
func TestLateRetry(t *testing.T) {
	clock := storetest.NewClock(time.Now())
	shelf := newShelf(clock.Now)
	edge := startEdge(t, spending(shelf.line(), "name "+shelf.name(), "reuse_grace 10s", "late_retry 1h", "reuse_detection"))
	token := newToken(t)
	newest := next(t, edge, token)
	clock.Advance(50 * time.Minute)
	outcomes := map[string]int{}
	var mu sync.Mutex
	var page sync.WaitGroup
	for range 8 {
		page.Go(func() {
			got := ask(t, edge, "refresh", token)
			mu.Lock()
			defer mu.Unlock()
			outcomes[got.outcome]++
			if got.status != 200 || got.refresh != newest {
				t.Errorf("a late retry gets %+v, want the same refresh token as before", got)
			}
		})
	}
	page.Wait()
	if diff := cmp.Diff(map[string]int{"late_retry": 1, "replayed": 7}, outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	if got := counter(edge.Metrics(), `caddy_token_refresh_requests_total{endpoint="refresh",name="`+shelf.name()+`",outcome="late_retry"}`); got != "1" {
		t.Errorf("late retries are counted %q times, want 1", got)
	}
	own := edge.WaitLog(func(e edgetest.Entry) bool {
		return e.Text("logger") == "http.handlers.token_refresh" && e.Text("outcome") == "late_retry"
	})
	if own.Text("level") != "info" || own.Text("jti") != payloadOf(t, token)["jti"] || own.Text("user_id") == "" {
		t.Errorf("our log %v, want level info, the jti and the user", own)
	}
	edge.WaitLog(func(e edgetest.Entry) bool { return e.Text("token_refresh", "outcome") == "late_retry" })

	last := next(t, edge, newest)
	clock.Advance(time.Minute)
	refused(t, edge, newest, "reused")
	refused(t, edge, last, "blacklisted")
}

// TestStraggler: a slow tab that comes with the predecessor when its successor
// was used already is refused, and the session lives.
func TestStraggler(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s", "reuse_detection"))
	first := newToken(t)
	second := next(t, edge, first)
	third := next(t, edge, second)
	refused(t, edge, first, "straggler")
	fourth := next(t, edge, third)
	refused(t, edge, first, "straggler")
	refused(t, edge, second, "straggler")
	next(t, edge, fourth)
}

// TestReuseEndsTheSession: after the grace the newest descendant dies, whichever
// token is shown, and other sessions of the user live.
func TestReuseEndsTheSession(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 1s", "reuse_detection"))
	other := next(t, edge, newToken(t))
	first := newToken(t)
	newest := first
	for range 4 {
		newest = next(t, edge, newest)
	}
	if got := overGrace(t, edge, first); got.outcome != "reused" || got.body != blacklistedBody {
		t.Errorf("after the grace: %+v", got)
	}
	refused(t, edge, newest, "blacklisted")
	next(t, edge, other)
}

// TestThiefInTurns: a thief and the victim take turns with one session. Without
// a grace the second of them ends it for both.
func TestThiefInTurns(t *testing.T) {
	edge := startEdge(t, spending("reuse_detection"))
	stolen := newToken(t)
	thiefs := next(t, edge, next(t, edge, stolen))
	refused(t, edge, stolen, "reused") // the victim wakes up
	refused(t, edge, thiefs, "blacklisted")

	stolen = newToken(t)
	victims := next(t, edge, stolen)
	refused(t, edge, stolen, "reused") // the thief comes second
	refused(t, edge, victims, "blacklisted")
}

// TestChain: rotations in one second differ, and each jti is derived.
func TestChain(t *testing.T) {
	edge := startEdge(t, spending("reuse_grace 60s"))
	token, jti := newToken(t, "--claim", "jti=not a uuid {}"), "not a uuid {}"
	for range 8 {
		token, jti = next(t, edge, token), store.Successor(jti)
		if got := payloadOf(t, token)["jti"]; got != jti {
			t.Fatalf("jti %v, want %s", got, jti)
		}
	}
}
