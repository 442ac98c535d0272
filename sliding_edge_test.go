// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

const slidingEdge = `
	http://127.0.0.1:{{port}} {
		header >X-Outcome {http.token_refresh.outcome}
		token_refresh {
			name shop
			simplejwt_version 5.5
			sliding_path /api/token/sliding
			verify_path /api/token/verify
			blacklist_path /api/token/blacklist
			signing_key {env.DJANGO_SECRET_KEY}
			store file {
				timeout 10s
			}
		}
		respond "upstream"
	}
`

func newSliding(t *testing.T, flags ...string) string {
	t.Helper()
	return newToken(t, append([]string{
		"--claim", `token_type="sliding"`, "--claim", fmt.Sprintf("refresh_exp=%d", time.Now().Add(time.Hour).Unix()),
	}, flags...)...)
}

// slideOn refreshes a sliding token and returns the next one.
func slideOn(t *testing.T, edge *edgetest.Edge, token string) string {
	t.Helper()
	res, body := edge.Do("POST", "/api/token/sliding/", `{"token":"`+token+`"}`, "Content-Type", jsonType)
	var slid struct{ Token string }
	if err := json.Unmarshal([]byte(body), &slid); err != nil || res.StatusCode != 200 || slid.Token == "" {
		t.Fatalf("%d %s, want 200 and a token", res.StatusCode, body)
	}
	if got := res.Header.Get("X-Outcome"); got != "issued" {
		t.Errorf("the outcome is %q, want issued", got)
	}
	return slid.Token
}

func wantSlidingRefused(t *testing.T, edge *edgetest.Edge, token, text string) {
	t.Helper()
	want := fmt.Sprintf(`{"detail":%q,"code":"token_not_valid"}`, text)
	if res, body := edge.Do("POST", "/api/token/sliding/", `{"token":"`+token+`"}`, "Content-Type", jsonType); res.StatusCode != 401 || body != want {
		t.Errorf("%d %s, want 401 %s", res.StatusCode, body, want)
	}
}

// TestSlidingAtTheEdge: a sliding token is refreshed as often as its refresh_exp lets
// it, with one jti. A token of another type is not, and no path of the endpoint
// reaches what is behind.
func TestSlidingAtTheEdge(t *testing.T) {
	edge := startEdge(t, slidingEdge)
	first := newSliding(t)
	third := slideOn(t, edge, slideOn(t, edge, first))
	was, is := payloadOf(t, first), payloadOf(t, third)
	for _, kept := range []string{"jti", "refresh_exp", "user_id", "token_type"} {
		if fmt.Sprint(was[kept]) != fmt.Sprint(is[kept]) {
			t.Errorf("%s is %v, want %v", kept, is[kept], was[kept])
		}
	}
	slideOn(t, edge, first) // nothing is spent
	wantSlidingRefused(t, edge, newToken(t), "Token has wrong type")
	wantSlidingRefused(t, edge, newToken(t, "--claim", `token_type="sliding"`), "Token has no 'refresh_exp' claim")
	wantSlidingRefused(t, edge, newSliding(t, "--claim", "refresh_exp=1"), "Token 'refresh_exp' claim has expired")
	for _, path := range []string{"/api/token/sliding", "/api/token/sliding/", "/api//token/sliding/", "/x/../api/token/sliding"} {
		if _, body := edge.Do("POST", path, `{}`, "Content-Type", jsonType); body == "upstream" {
			t.Errorf("POST %s reached what is behind", path)
		}
	}
}

// TestSlidingElsewhere: the verify endpoint takes a sliding token, and the refresh
// and blacklist endpoints do not, as their serializers read a RefreshToken.
func TestSlidingElsewhere(t *testing.T) {
	edge := startEdge(t, slidingEdge)
	token := newSliding(t)
	if got := ask(t, edge, "verify", token); got.status != 200 || got.outcome != "verified" {
		t.Errorf("verify: %+v", got)
	}
	for _, endpoint := range []string{"refresh", "blacklist"} {
		if got := ask(t, edge, endpoint, token); got.status != 401 || !strings.Contains(got.body, "Token has wrong type") {
			t.Errorf("%s: %+v, want 401 for the type", endpoint, got)
		}
	}
	slideOn(t, edge, token) // the blacklist endpoint has ended nothing
}

// TestRevokeSliding: an operator ends a sliding login by its jti, from whichever of
// its tokens, and all of a user's by the user.
func TestRevokeSliding(t *testing.T) {
	edge := startEdge(t, slidingEdge)
	first, other := newSliding(t), newSliding(t)
	second := slideOn(t, edge, first)
	edge.Admin("POST", "/token_refresh/revoke", fmt.Sprintf(`{"name":"shop","jti":%q}`, payloadOf(t, first)["jti"]))
	wantSlidingRefused(t, edge, first, "Token is blacklisted")
	wantSlidingRefused(t, edge, second, "Token is blacklisted")
	other = slideOn(t, edge, other)
	edge.Admin("POST", "/token_refresh/revoke", `{"name":"shop","user_id":1}`)
	wantSlidingRefused(t, edge, other, "Token is blacklisted")
	slideOn(t, edge, newSliding(t))
}
