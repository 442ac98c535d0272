// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
)

const (
	starting = `503 {"status":"starting"}`
	ready    = `200 {"status":"ready"}`
	degraded = `200 {"status":"degraded"}`
)

// askReady asks at the ready_path of a site, by the port that it listens on.
func askReady(t *testing.T, edge *edgetest.Edge, port string) string {
	t.Helper()
	res, err := edge.Client.Get("http://127.0.0.1:" + edge.Value(port) + "/ready")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body := make([]byte, 1000)
	n, _ := res.Body.Read(body)
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
	return res.Status[:4] + strings.TrimSpace(string(body[:n]))
}

// adminReady asks the admin API.
func adminReady(edge *edgetest.Edge) string {
	status, answer := edge.TryAdmin("GET", "/token_refresh/ready", "")
	return http.StatusText(status) + " " + strings.TrimSpace(answer)
}

// eventually polls until the answer is the one wanted: what a store says of itself is up
// to a second old.
func eventually(t *testing.T, want string, ask func() string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		got := ask()
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after a minute it is %s, want %s", got, want)
		}
	}
}

// TestReady: an edge is not ready until its store has answered once. From then on it is,
// also while the store fails and across reloads. Only the admin API names the store and
// says what is wrong with it.
func TestReady(t *testing.T) {
	shelf, name := newShelf(nil), uniqueName()
	shelf.Fail(errors.New("no route to host"))
	config := spending(shelf.line(), "name "+name, "ready_path /ready") +
		"http://127.0.0.1:{{port2}} {\ntoken_refresh {\nsigning_key {env.DJANGO_SECRET_KEY}\nready_path /ready\n}\n}\n"
	edge := startEdge(t, config)
	site := func() string { return askReady(t, edge, "port") }
	admin := func() string { return adminReady(edge) }
	gauge := func() string { return counter(edge.Metrics(), `caddy_token_refresh_ready{name="`+name+`"}`) }

	for range 3 {
		if got := site(); got != starting {
			t.Errorf("before the store answers: %s, want %s", got, starting)
		}
	}
	const waiting = `Service Unavailable {"ready":false,"waiting":[{"name":"NAME","store":"memory","why":"store has not answered yet: no route to host"}]}`
	if got, want := admin(), strings.Replace(waiting, "NAME", name, 1); got != want {
		t.Errorf("the admin API says %s, want %s", got, want)
	}
	if got := askReady(t, edge, "port2"); got != ready {
		t.Errorf("a site without a store: %s, want %s", got, ready)
	}
	if got := gauge(); got != "0" {
		t.Errorf("the metric is %q, want 0", got)
	}

	shelf.Fail(nil)
	eventually(t, ready, site)
	const good = `OK {"ready":true,"degraded":[]}`
	if got := admin(); got != good {
		t.Errorf("the admin API says %s, want %s", got, good)
	}

	shelf.Fail(errors.New("no route to host"))
	eventually(t, degraded, site)
	const bad = `OK {"ready":true,"degraded":[{"name":"NAME","store":"memory","why":"no route to host"}]}`
	for range 2 {
		if got, want := admin(), strings.Replace(bad, "NAME", name, 1); got != want {
			t.Errorf("the admin API says %s, want %s", got, want)
		}
		if got := gauge(); got != "1" {
			t.Errorf("the metric is %q, want 1: the store has answered once", got)
		}
		edge.Reload(config)
		if got := site(); got != degraded {
			t.Errorf("after a reload: %s, want %s", got, degraded)
		}
	}
}

// TestReadyPath: the path answers GET and HEAD, with and without a trailing slash, and
// passes nothing on. Clients who ask all the time do not cause questions to the store.
func TestReadyPath(t *testing.T) {
	shelf := newShelf(nil)
	edge := startEdge(t, spending(shelf.line(), "ready_path /ready /healthz"))
	began, looks := time.Now(), shelf.looks.Load()
	for _, tt := range []struct {
		method, path string
		status       int
		allow, body  string
	}{
		{"GET", "/ready", 200, "", `{"status":"ready"}` + "\n"},
		{"GET", "/ready/", 200, "", `{"status":"ready"}` + "\n"},
		{"GET", "/healthz?verbose", 200, "", `{"status":"ready"}` + "\n"},
		{"HEAD", "/ready", 200, "", ""},
		{"POST", "/ready", 405, "GET, HEAD", ""},
		{"OPTIONS", "/healthz/", 405, "GET, HEAD", ""},
		{"GET", "/ready/more", 200, "", "upstream"},
	} {
		res, body := edge.Do(tt.method, tt.path, "")
		if res.StatusCode != tt.status || res.Header.Get("Allow") != tt.allow || body != tt.body {
			t.Errorf("%s %s: %d, Allow %q, %q; want %d, %q, %q",
				tt.method, tt.path, res.StatusCode, res.Header.Get("Allow"), body, tt.status, tt.allow, tt.body)
		}
	}
	for range 200 {
		edge.Do("GET", "/ready", "")
	}
	// One look is the edge's own, at the start.
	if got, most := shelf.looks.Load()-looks, int64(time.Since(began)/time.Second)+2; got > most {
		t.Errorf("the store was looked at %d times, want at most %d", got, most)
	}
	if got := shelf.Asked(); got != 0 {
		t.Errorf("the store was asked about %d tokens, want none", got)
	}
}

// TestReadyKeys: a site that only the keys at jwk_url make verify tokens is not ready
// before they were fetched. A previous key is one to begin with.
func TestReadyKeys(t *testing.T) {
	setTestKeys(t)
	document, err := jwks.NewDocument(jwks.PublicKey{Key: ecdsaKey(t, "TEST_P256").PublicKey(), Algorithm: "ES256", KeyID: "k1"})
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan struct{})
	issuer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-answers:
			document.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
	defer issuer.Close()
	name := uniqueName()
	keys := []string{"algorithm ES256", "signing_key {env.TEST_OTHER_P256}", "jwk_url " + issuer.URL, "name " + name, "ready_path /ready"}
	edge := startEdge(t, siteWith(append(keys, "previous_key {env.TEST_P256}")...))
	if got := askReady(t, edge, "port"); got != ready {
		t.Errorf("with a previous key: %s, want %s", got, ready)
	}
	edge.Reload(siteWith(keys...))
	if got := askReady(t, edge, "port"); got != starting {
		t.Errorf("before the keys were fetched: %s, want %s", got, starting)
	}
	const waiting = `Service Unavailable {"ready":false,"waiting":[{"name":"NAME","store":"jwk_url","why":"keys have not been fetched yet"}]}`
	if got, want := adminReady(edge), strings.Replace(waiting, "NAME", name, 1); got != want {
		t.Errorf("the admin API says %s, want %s", got, want)
	}
	if got := counter(edge.Metrics(), `caddy_token_refresh_ready{name="`+name+`"}`); got != "0" {
		t.Errorf("the metric is %q, want 0", got)
	}
	close(answers)
	eventually(t, ready, func() string { return askReady(t, edge, "port") })
}

// TestReadyStopping: while shutdown_delay holds a listener open that Caddy closes, the
// site says that it stops, so that a balancer sends requests elsewhere, and refreshes are
// still answered.
func TestReadyStopping(t *testing.T) {
	const delayed = "{\nshutdown_delay 4s\n}\n"
	site := siteWith("signing_key {env.DJANGO_SECRET_KEY}", "ready_path /ready")
	edge := startEdge(t, delayed+site)
	if got := askReady(t, edge, "port"); got != ready {
		t.Errorf("before: %s, want %s", got, ready)
	}
	stopped := make(chan error)
	go func() {
		stopped <- edge.TryReload(strings.Replace(site, "{{port}}", "{{portother}}", 1))
	}()
	eventually(t, `503 {"status":"stopping"}`, func() string { return askReady(t, edge, "port") })
	if res, body := edge.Do("POST", "/api/token/refresh", refreshBody(newToken(t)), "Content-Type", jsonType); res.StatusCode != http.StatusOK {
		t.Errorf("a refresh meanwhile: %d %s, want 200", res.StatusCode, body)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}
