// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// pageSite returns the Caddyfile of docs/operate.md that has a line, for a test's edge.
func pageSite(t *testing.T, line string) string {
	t.Helper()
	for _, block := range regexp.MustCompile("(?s)```caddyfile\n(.*?)```").FindAllStringSubmatch(readFile(t, "docs/operate.md"), -1) {
		if strings.Contains(block[1], line) {
			return strings.NewReplacer("api.example.com", "http://127.0.0.1:{{port}}", "reverse_proxy django:8000", `respond "django"`).Replace(block[1])
		}
	}
	t.Fatalf("docs/operate.md has no Caddyfile with %q", line)
	return ""
}

// TestFilteredAccessLog: with the filter of docs/operate.md the access log has a hash in
// place of the user id, and no jti. The paths of its fields are Caddy's, so a field that
// is renamed would be logged as it is.
func TestFilteredAccessLog(t *testing.T) {
	edge := startEdge(t, pageSite(t, "format filter"))
	edge.Do("POST", "/api/token/refresh", refreshBody(newToken(t, "--claim", "user_id=4711")), "Content-Type", jsonType)
	access := edge.WaitLog(func(e edgetest.Entry) bool { return e.Text("token_refresh", "outcome") == "issued" })
	fields, _ := access["token_refresh"].(map[string]any)
	if id := access.Text("token_refresh", "user_id"); len(id) != 8 || id == "4711" {
		t.Errorf("user_id %q, want a hash of 8 digits", id)
	}
	if jti, found := fields["jti"]; found {
		t.Errorf("jti %q, want none", jti)
	}
}

// TestMetricsSite: the site that docs/operate.md gives to Prometheus where there is no
// admin API has the metrics of the handler, and of Caddy's requests.
func TestMetricsSite(t *testing.T) {
	edge := startEdge(t, strings.NewReplacer("http://localhost:9090", "http://127.0.0.1:{{portmetrics}}", "admin off", "").Replace(pageSite(t, "admin off")))
	edge.Do("POST", "/api/token/refresh", refreshBody(newToken(t)), "Content-Type", jsonType)
	res, err := edge.Client.Get("http://127.0.0.1:" + edge.Value("portmetrics"))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`caddy_token_refresh_requests_total{endpoint="refresh",name="",outcome="issued"}`, "caddy_http_requests_total{"} {
		if !strings.Contains(string(body), want) {
			t.Errorf("no %s in\n%.2000s", want, body)
		}
	}
}
