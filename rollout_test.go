// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// rolloutTo is an edge in front of a backend.
func rolloutTo(backend, lines string) string {
	return `
		http://127.0.0.1:{{port}} {
			token_refresh {
				signing_key {env.DJANGO_SECRET_KEY}
				name rolled
				` + lines + `
			}
			reverse_proxy ` + backend + `
		}
	`
}

// saying is a backend that gives one answer to everything, and counts.
func saying(t *testing.T, status int, body string) (address string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Backend", "yes")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String(), asked
}

// compared asks the edge until it has compared n answers.
func compared(t *testing.T, edge *edgetest.Edge, n uint64) (report compare.Report) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		report = compare.Report{}
		if err := json.Unmarshal([]byte(edge.Admin("GET", "/token_refresh/compared", "")), &report); err != nil {
			t.Fatal(err)
		}
		var all uint64
		for _, c := range report.Compared {
			all += c.Same + c.Differs
		}
		if all >= n {
			return report
		}
		if time.Now().After(end) {
			t.Fatalf("%d answers were compared within a minute, want %d", all, n)
		}
	}
}

// TestRolloutCompares: at 0% the client has the backend's answer, and the admin API,
// the metric and the command tell what the edge would have said.
func TestRolloutCompares(t *testing.T) {
	backend, asked := saying(t, 401, `{"detail":"Token is invalid","code":"token_not_valid"}`)
	edge := startEdge(t, rolloutTo(backend, "rollout 0%"))
	address := "127.0.0.1:" + edge.Value("portadmin")
	if out, _, err := tokenRefresh("", "compared", "--address", address); err == nil {
		t.Errorf("compared before any request: %s", out)
	}
	token := newToken(t)
	res, body := edge.Do("POST", "/api/token/refresh/", refreshBody(token), "Content-Type", jsonType)
	if res.StatusCode != 401 || res.Header.Get("X-Backend") != "yes" || !strings.Contains(body, "Token is invalid") || asked.Load() != 1 {
		t.Errorf("%d %v %s, and the backend was asked %d times", res.StatusCode, res.Header, body, asked.Load())
	}
	report := compared(t, edge, 1)
	want := compare.Report{
		Compared: []compare.Counts{{Name: "rolled", Endpoint: "refresh", Differs: 1, Listed: map[string]uint64{}, Skipped: map[string]uint64{}}},
		Differences: []compare.Entry{{
			At: report.Differences[0].At, Name: "rolled", Endpoint: "refresh", Result: compare.Differs, Django: 401, Edge: 200, Names: []string{"status"},
		}},
	}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if out, _, err := tokenRefresh("", "compared", "--address", address); err == nil || !strings.Contains(err.Error(), "1 of 1 answers differ") || strings.Contains(out, token) {
		t.Errorf("compared: %v %s", err, out)
	}
	if series := `caddy_token_refresh_compared_total{endpoint="refresh",name="rolled",result="differs"} `; !strings.Contains(edge.Metrics(), series) {
		t.Errorf("no metric %s", series)
	}
	// A new configuration begins anew, and with 100% the edge answers.
	edge.Reload(rolloutTo(backend, "rollout 100%"))
	if res, body := edge.Do("POST", "/api/token/refresh/", refreshBody(token), "Content-Type", jsonType); res.StatusCode != 200 || asked.Load() != 1 {
		t.Errorf("at 100%%: %d %s, and the backend was asked %d times", res.StatusCode, body, asked.Load())
	}
	if answer := edge.Admin("GET", "/token_refresh/compared", ""); strings.TrimSpace(answer) != `{"compared":[],"differences":[]}` {
		t.Errorf("at 100%%: %s", answer)
	}
}

// TestRolloutShare: a session stays on its side, the share is what was asked for, and
// another share moves only the sessions in between.
func TestRolloutShare(t *testing.T) {
	backend, asked := saying(t, 200, `{}`)
	edge := startEdge(t, rolloutTo(backend, "rollout 30%"))
	const users = 300
	sides := func() (here [users]bool) {
		for user := range users {
			for range 2 {
				before := asked.Load()
				res, body := edge.Do("POST", "/api/token/refresh", refreshBody(newToken(t, "--claim", fmt.Sprintf("user_id=%d", user))), "Content-Type", jsonType)
				if res.StatusCode != 200 || (asked.Load() == before) != strings.Contains(body, "access") {
					t.Fatalf("user %d: %d %s", user, res.StatusCode, body)
				}
				here[user] = asked.Load() == before
			}
		}
		return here
	}
	at30 := sides()
	edge.Reload(rolloutTo(backend, "rollout 60%"))
	at60 := sides()
	var n30, n60 int
	for user := range users {
		if at30[user] {
			n30++
			if !at60[user] {
				t.Errorf("user %d went back to the backend as the share grew", user)
			}
		}
		if at60[user] {
			n60++
		}
	}
	if n30 < 60 || n30 > 120 || n60 < 150 || n60 > 210 {
		t.Errorf("%d and %d of %d sessions are answered here, want 30%% and 60%%", n30, n60, users)
	}
	// What does not verify is the backend's, and odd targets are nobody's.
	before := asked.Load()
	edge.Do("POST", "/api/token/refresh", refreshBody("x"), "Content-Type", jsonType)
	if asked.Load() != before+1 {
		t.Error("a token that does not verify was not the backend's")
	}
	if res, _ := edge.Do("POST", "//api/token/refresh", refreshBody("x"), "Content-Type", jsonType); res.StatusCode != 404 || asked.Load() != before+1 {
		t.Errorf("an odd target: %d", res.StatusCode)
	}
}
