// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

const rotating = `
	http://127.0.0.1:{{port}} {
		token_refresh {
			signing_key {env.DJANGO_SECRET_KEY}
			rotate_refresh_tokens
			blacklist_after_rotation
			reuse_grace 10s
			name shop
		}
	}
`

// rotate refreshes once and returns the next refresh token and its jti.
func rotate(t *testing.T, edge *edgetest.Edge, token string) (next, jti string) {
	t.Helper()
	_, answer := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType)
	var pair struct{ Refresh string }
	if err := json.Unmarshal([]byte(answer), &pair); err != nil || pair.Refresh == "" {
		t.Fatalf("%v: %s", err, answer)
	}
	return pair.Refresh, payloadOf(t, pair.Refresh)["jti"].(string)
}

// wantRefused wants the answer about a blacklisted token.
func wantRefused(t *testing.T, edge *edgetest.Edge, token string) {
	t.Helper()
	const want = `{"detail":"Token is blacklisted","code":"token_not_valid"}`
	if res, answer := edge.Do("POST", "/api/token/refresh", refreshBody(token), "Content-Type", jsonType); res.StatusCode != 401 || answer != want {
		t.Errorf("%d %s, want 401 %s", res.StatusCode, answer, want)
	}
}

// TestRevokeSession ends a session by the jti of its first token, long replaced.
func TestRevokeSession(t *testing.T) {
	edge := startEdge(t, rotating)
	first := newToken(t)
	second, _ := rotate(t, edge, first)
	third, _ := rotate(t, edge, second)
	other, _ := rotate(t, edge, newToken(t))

	jti := payloadOf(t, first)["jti"].(string)
	answer := edge.Admin("POST", "/token_refresh/revoke", `{"name":"shop","jti":"`+jti+`"}`)
	if want := payloadOf(t, third)["jti"].(string); !strings.Contains(answer, want) {
		t.Errorf("the answer is %s, want the newest jti, %s", answer, want)
	}
	wantRefused(t, edge, third)
	wantRefused(t, edge, second)
	rotate(t, edge, other)
}

// TestRevokeUser logs one user out everywhere, whether the id is 1 or "1".
func TestRevokeUser(t *testing.T) {
	for _, id := range []string{`1`, `"1"`} {
		t.Run(id, func(t *testing.T) {
			edge := startEdge(t, rotating)
			integer, text := newToken(t), newToken(t, "--claim", `user_id="1"`)
			other := newToken(t, "--claim", "user_id=2")
			edge.Admin("POST", "/token_refresh/revoke", `{"name":"shop","user_id":`+id+`}`)
			wantRefused(t, edge, integer)
			wantRefused(t, edge, text)
			rotate(t, edge, other)
		})
	}
}

func TestAdminRefuses(t *testing.T) {
	edge := startEdge(t, rotating)
	for _, tt := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/token_refresh/revoke", "", 405, "use POST"},
		{"POST", "/token_refresh/status", "", 405, "use GET"},
		{"POST", "/token_refresh/revoke", "", 400, "the body is not"},
		{"POST", "/token_refresh/revoke", `{"name":"shop"}`, 400, "name one token by jti, or one user by user_id"},
		{"POST", "/token_refresh/revoke", `{"name":"shop","jti":"a","user_id":"b"}`, 400, "name one token"},
		{"POST", "/token_refresh/revoke", `{"name":"shop","user_id":1.5}`, 400, "neither a string nor an integer"},
		{"POST", "/token_refresh/revoke", `{"name":"shop","user_id":true}`, 400, "neither a string nor an integer"},
		{"POST", "/token_refresh/revoke", `{"nam":"shop","jti":"a"}`, 400, "unknown field"},
		{"POST", "/token_refresh/revoke", `{"name":"other","jti":"a"}`, 404, `has the name \"other\"`},
		{"POST", "/token_refresh/revoke", `{"name":"shop","jti":"` + strings.Repeat("a", 256) + `"}`, 400, "1 to 255 bytes"},
	} {
		status, answer := edge.TryAdmin(tt.method, tt.path, tt.body)
		if status != tt.status || !strings.Contains(answer, tt.want) {
			t.Errorf("%s %s %s: %d %s, want %d %s", tt.method, tt.path, tt.body, status, answer, tt.status, tt.want)
		}
	}
}

// TestAdminCommands runs the commands against the running edge.
func TestAdminCommands(t *testing.T) {
	edge := startEdge(t, rotating)
	address := "127.0.0.1:" + edge.Value("portadmin")
	run := func(args ...string) (string, error) {
		t.Helper()
		cmd := revokeCommand()
		if args[0] == "status" {
			cmd = statusCommand()
		}
		var out strings.Builder
		cmd.SetArgs(append(args[1:], "--address", address))
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		cmd.SilenceUsage, cmd.SilenceErrors = true, true
		err := cmd.Execute()
		return out.String(), err
	}
	token := newToken(t)
	next, jti := rotate(t, edge, token)
	if out, err := run("status"); err != nil || !strings.Contains(out, `"name":"shop","store":"file","up":true`) {
		t.Errorf("status: %v %s", err, out)
	}
	if out, err := run("revoke", "--jti", jti, "--name", "shop"); err != nil || !strings.Contains(out, jti) {
		t.Errorf("revoke --jti: %v %s", err, out)
	}
	wantRefused(t, edge, next)
	if out, err := run("revoke", "--user", "1", "--name", "shop"); err != nil || !strings.Contains(out, `"cut_off":`) {
		t.Errorf("revoke --user: %v %s", err, out)
	}
	wantRefused(t, edge, newToken(t, "--claim", "iat=1"))
	for _, args := range [][]string{{"revoke"}, {"revoke", "--jti", "a", "--user", "b"}, {"revoke", "--jti", "a", "--name", "other"}} {
		if out, err := run(args...); err == nil {
			t.Errorf("%v is accepted: %s", args, out)
		}
	}
}
