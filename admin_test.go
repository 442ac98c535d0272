// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
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
			` + patientStore + `
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
	if want := `[{"store":"file","known":true}]`; strings.TrimSpace(answer) != want {
		t.Errorf("the answer is %s, want %s", answer, want)
	}
	wantRefused(t, edge, third)
	wantRefused(t, edge, second)
	rotate(t, edge, other)
}

// TestRevokeUnknown: a jti that nothing is recorded of is ended all the same, and
// the answer says what to look at.
func TestRevokeUnknown(t *testing.T) {
	const nothing = "nothing is recorded of it, which is so for a session that never rotated; ended"
	const spelling = "it has hyphens or capitals"
	edge := startEdge(t, rotating)
	for jti, notes := range map[string][]string{
		"0b1c2d3e4f5041728394a5b6c7d8e9f0":     {nothing},
		"0B1C2D3E4F5041728394A5B6C7D8E9F1":     {nothing, spelling},
		"0b1c2d3e-4f50-4172-8394-a5b6c7d8e9f2": {nothing, spelling},
	} {
		answer := edge.Admin("POST", "/token_refresh/revoke", `{"name":"shop","jti":"`+jti+`"}`)
		var results []struct {
			Known bool     `json:"known"`
			Notes []string `json:"notes"`
		}
		if err := json.Unmarshal([]byte(answer), &results); err != nil || len(results) != 1 || len(results[0].Notes) != len(notes) || results[0].Known {
			t.Fatalf("%s: %v %s, want %d notes", jti, err, answer, len(notes))
		}
		for i, want := range notes {
			if !strings.HasPrefix(results[0].Notes[i], want) {
				t.Errorf("%s: %q, want %q", jti, results[0].Notes[i], want)
			}
		}
		wantRefused(t, edge, newToken(t, "--claim", "jti="+jti))
	}
	// Ended sessions are known.
	answer := edge.Admin("POST", "/token_refresh/revoke", `{"name":"shop","jti":"0b1c2d3e4f5041728394a5b6c7d8e9f0"}`)
	if !strings.Contains(answer, `"known":true`) {
		t.Errorf("the second time: %s", answer)
	}
}

// TestRevokeUser logs one user out everywhere, whether the id is 1 or "1". Who
// logs in after the answer lives.
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
			rotate(t, edge, newToken(t))
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
		{"POST", "/token_refresh/revoke", `{"name":"shop","jti":"a","force":true}`, 400, "force is for user_id"},
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
	var notes strings.Builder
	run := func(args ...string) (string, error) {
		t.Helper()
		out, told, err := tokenRefresh("", append(args, "--address", address)...)
		notes.WriteString(told)
		return out, err
	}
	token := newToken(t)
	next, jti := rotate(t, edge, token)
	if out, err := run("status"); err != nil || !strings.Contains(out, `"name":"shop","store":"file","up":true`) {
		t.Errorf("status: %v %s", err, out)
	}
	if out, err := run("revoke", "--jti", jti, "--name", "shop"); err != nil || !strings.Contains(out, `"known":true`) || notes.Len() != 0 {
		t.Errorf("revoke --jti: %v %s %s", err, out, &notes)
	}
	wantRefused(t, edge, next)
	if out, err := run("revoke", "--user", "1", "--name", "shop"); err != nil || !strings.Contains(out, `"cut_off":`) {
		t.Errorf("revoke --user: %v %s", err, out)
	}
	wantRefused(t, edge, newToken(t, "--claim", "iat=1"))
	if _, err := run("revoke", "--user", "1", "--name", "shop", "--force"); err != nil || !strings.Contains(notes.String(), "store file: forced: ") {
		t.Errorf("revoke --user --force: %v %s", err, &notes)
	}
	if _, err := run("revoke", "--jti", "nobodys", "--name", "shop"); err != nil || !strings.Contains(notes.String(), "store file: nothing is recorded of it") {
		t.Errorf("revoke --jti: %v %s", err, &notes)
	}
	for _, args := range [][]string{{"revoke"}, {"revoke", "--jti", "a", "--user", "b"}, {"revoke", "--jti", "a", "--name", "other"}} {
		if out, err := run(args...); err == nil {
			t.Errorf("%v is accepted: %s", args, out)
		}
	}
}
