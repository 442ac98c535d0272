// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// client has no fewer connections than the largest crowd.
var client = &http.Client{
	Timeout:   redistest.Patience,
	Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 256},
}

// login is a refresh token as Django hands it out, for user 1.
func login() string { return loginAs("1", time.Now().Unix()) }

// loginAs is one for a user id, spelled in JSON, that was issued at a second.
func loginAs(user string, iat int64) string {
	var jti [16]byte
	_, _ = rand.Read(jti[:])
	return conformance.Compact("HS256", currentKey, conformance.Header("HS256"), fmt.Sprintf(
		`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%s","user_id":%s}`, iat+86400, iat, hex.EncodeToString(jti[:]), user))
}

// claims is what the tests read of a token.
type claims struct {
	Type string `json:"token_type"`
	JTI  string `json:"jti"`
	IAT  int64  `json:"iat"`
	EXP  int64  `json:"exp"`
}

// claimsOf reads a token of a key and wants its signature to be good.
func claimsOf(t *testing.T, token, key string) (c claims) {
	t.Helper()
	input, _, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(strings.TrimPrefix(token, input+"."), ".")
	input += "." + payload
	raw, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(raw, &c) != nil {
		t.Errorf("the token %q cannot be read", token)
	}
	if want := base64.RawURLEncoding.EncodeToString(conformance.MAC("HS256", key, input)); signature != want {
		t.Errorf("the signature of %s is not by the key expected", raw)
	}
	return c
}

// jtiOf is the jti of a token of the current key.
func jtiOf(t *testing.T, token string) string {
	t.Helper()
	return claimsOf(t, token, currentKey).JTI
}

// reply is what a client got.
type reply struct {
	status          int
	outcome         string
	access, refresh string
	body            string
	retryAfter      string
}

// The answers that are not a pair of tokens.
const blacklistedBody = `{"detail":"Token is blacklisted","code":"token_not_valid"}`

var (
	revoked     = reply{status: 200, outcome: "revoked", body: "{}"}
	dead        = reply{status: 401, outcome: "blacklisted", body: blacklistedBody}
	unavailable = reply{status: 503, outcome: "store_error", body: `{"detail":"The token cannot be judged right now. Try again."}`, retryAfter: "1"}
)

// refusal is Django's answer about a token that is blacklisted.
func refusal(outcome string) reply {
	return reply{status: 401, outcome: outcome, body: blacklistedBody}
}

// send sends a token to an endpoint: refresh, verify or blacklist. Any goroutine
// may call it.
func send(url, endpoint, token string) (got reply, err error) {
	field := "refresh"
	if endpoint == "verify" {
		field = "token"
	}
	res, err := client.Post(url+"/api/token/"+endpoint+"/", "application/json", strings.NewReader(`{"`+field+`":"`+token+`"}`))
	if err != nil {
		return got, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return got, err
	}
	var pair struct{ Access, Refresh string }
	if res.StatusCode == http.StatusOK {
		if err := json.Unmarshal(body, &pair); err != nil {
			return got, fmt.Errorf("%w: %s", err, body)
		}
	}
	return reply{res.StatusCode, res.Header.Get("X-Outcome"), pair.Access, pair.Refresh, string(body), res.Header.Get("Retry-After")}, nil
}

// ask is send to an edge that is up.
func ask(t *testing.T, url, endpoint, token string) reply {
	t.Helper()
	got, err := send(url, endpoint, token)
	if err != nil {
		t.Error(err)
	}
	return got
}

// expect wants an answer that holds no tokens.
func expect(t *testing.T, url, endpoint, token string, want reply) {
	t.Helper()
	if got := ask(t, url, endpoint, token); got != want {
		t.Errorf("%s: %+v, want %+v", endpoint, got, want)
	}
}

// next refreshes and returns the new refresh token.
func next(t *testing.T, url, token string) string {
	t.Helper()
	got := ask(t, url, "refresh", token)
	if got.status != 200 || got.outcome != "rotated" || got.refresh == "" {
		t.Fatalf("refresh: %+v, want a new pair", got)
	}
	return got.refresh
}

// replay wants a repeat and returns its refresh token.
func replay(t *testing.T, url, token string) string {
	t.Helper()
	got := ask(t, url, "refresh", token)
	if got.status != 200 || got.outcome != "replayed" {
		t.Fatalf("refresh: %+v, want a repeat", got)
	}
	return got.refresh
}

// await repeats a request until its answer is not one of those outcomes.
func await(t *testing.T, url, token string, outcomes ...string) (got reply) {
	t.Helper()
	redistest.Eventually(t, "the outcome is none of "+strings.Join(outcomes, ", "), func() bool {
		got = ask(t, url, "refresh", token)
		return !slices.Contains(outcomes, got.outcome)
	})
	return got
}

// working waits until an edge spends, without a reload. A token for which it
// said 503 may be spent by then, so each try has its own.
func working(t *testing.T, url string) {
	t.Helper()
	redistest.Eventually(t, "the edge works", func() bool {
		got := ask(t, url, "refresh", login())
		if got != unavailable && got.outcome != "rotated" {
			t.Errorf("while it is coming up: %+v", got)
		}
		return got.status == 200
	})
}
