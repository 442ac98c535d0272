// SPDX-License-Identifier: Apache-2.0

package edgetest

import (
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
)

const site = `
	http://127.0.0.1:{{port}} {
		log
		respond "{args0}"
	}
`

func caddyfile(answer string) string { return strings.Replace(site, "{args0}", answer, 1) }

func TestEdge(t *testing.T) {
	edge := Start(t, caddyfile("one"))
	check := func(want string) {
		t.Helper()
		res, body := edge.Do(http.MethodPut, "/some/path?"+want, "a body", "X-Header", "a value")
		if res.StatusCode != http.StatusOK || body != want {
			t.Fatalf("status %d, body %q, want 200 and %q", res.StatusCode, body, want)
		}
	}
	check("one")
	line := edge.WaitLog(func(e Entry) bool { return e.Text("request", "uri") == "/some/path?one" })
	if got := line.Text("request", "method"); got != http.MethodPut {
		t.Errorf("method %q in the access log, want PUT", got)
	}
	if !strings.Contains(edge.LogText(), `"X-Header":["a value"]`) {
		t.Errorf("the access log lacks the header:\n%s", edge.LogText())
	}

	edge.Reload(caddyfile("two"))
	check("two")
	if !strings.Contains(string(edge.Adapted), `"two"`) {
		t.Errorf("adapted config is not that of the reload: %s", edge.Adapted)
	}
	if err := edge.TryReload("http://127.0.0.1:{{port}} {\n\tno_such_directive\n}"); err == nil || !strings.Contains(err.Error(), "no_such_directive") {
		t.Errorf("reload of a bad Caddyfile: %v, want an error that names the directive", err)
	}
	check("two")
	if !strings.Contains(edge.Metrics(), "caddy_config_last_reload_successful") {
		t.Error("the metrics lack caddy_config_last_reload_successful")
	}
	if status, _ := edge.TryAdmin(http.MethodGet, "/no/such/path", ""); status != http.StatusNotFound {
		t.Errorf("status %d for an unknown path of the admin endpoint, want 404", status)
	}
	if _, err := os.Stat(edge.Value("dir")); err != nil {
		t.Errorf("the directory of the edge: %v", err)
	}
}

// TestEdgeEnds guards the tests that come after one: nothing may go on listening,
// and the next edge starts with an empty log.
func TestEdgeEnds(t *testing.T) {
	var address, admin string
	t.Run("first", func(t *testing.T) {
		edge := Start(t, caddyfile("first"))
		edge.Do(http.MethodGet, "/first", "")
		address, admin = "127.0.0.1:"+edge.Value("port"), "127.0.0.1:"+edge.Value("portadmin")
	})
	for _, a := range []string{address, admin} {
		if conn, err := net.Dial("tcp", a); err == nil {
			conn.Close()
			t.Errorf("%s still listens", a)
		}
	}
	t.Run("second", func(t *testing.T) {
		edge := Start(t, caddyfile("second"))
		if strings.Contains(edge.LogText(), "/first") {
			t.Error("the log of the second edge has a line of the first one")
		}
		edge.Do(http.MethodGet, "/second", "")
		edge.WaitLog(func(e Entry) bool { return e.Text("request", "uri") == "/second" })
	})
}

func TestTryStartRefused(t *testing.T) {
	if _, err := TryStart(t, "{{dir}} {\n\trespond {\n}"); err == nil {
		t.Error("a Caddyfile with a missing brace was accepted")
	}
}
