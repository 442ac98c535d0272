// SPDX-License-Identifier: Apache-2.0

package edgetest

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // what a user's Caddy has
)

// requestTimeout bounds each request of a test, so that a hanging edge fails it.
const requestTimeout = time.Minute

// Edge is a running Caddy.
type Edge struct {
	// URL is http://127.0.0.1 and the port that {{port}} stands for.
	URL string

	// Client keeps its connections to this edge alone, and follows no redirect.
	Client *http.Client

	// Adapted is the JSON that the Caddyfile says, before Start adds its own
	// admin address, storage and log.
	Adapted []byte

	t     testing.TB
	names *names
	admin string
	log   *memoryLog
}

// running guards against two edges at once.
var running atomic.Bool

// Start runs Caddy with caddyfile until the test is over. A configuration that
// Caddy refuses fails the test; see TryStart for those that it must refuse.
func Start(t testing.TB, caddyfile string) *Edge {
	t.Helper()
	edge, err := TryStart(t, caddyfile)
	if err != nil {
		t.Fatalf("starting the edge: %v", err)
	}
	return edge
}

// TryStart is Start for a configuration that Caddy may refuse. The error is what
// the adapter or caddy.Load said. Without one, the edge runs until the test is over.
func TryStart(t testing.TB, caddyfile string) (*Edge, error) {
	t.Helper()
	if !running.CompareAndSwap(false, true) {
		t.Fatal("an edge runs already: Caddy has one configuration per process, so start one edge per test and never in parallel")
	}
	// Modules keep files below caddy.AppDataDir, which goes by this variable.
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)

	edge := &Edge{
		t:     t,
		names: newNames(t, dir),
		log:   newMemoryLog(),
	}
	edge.admin = edge.names.value("portadmin")
	edge.URL = "http://127.0.0.1:" + edge.names.value("port")
	edge.Client = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 256},
		Timeout:       requestTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	current.Store(edge.log)
	t.Cleanup(func() {
		edge.Client.CloseIdleConnections()
		stop(t)
		settle(t, 0, []string{edge.names.value("port"), edge.admin})
		current.Store(nil)
		running.Store(false)
	})
	return edge, edge.TryReload(caddyfile)
}

// stop ends the edge and the admin endpoint, which caddy.Stop alone leaves open.
func stop(t testing.TB) {
	const nothing = `{"admin":{"disabled":true},"logging":{"logs":{"default":{"writer":{"output":"discard"}}}}}`
	if err := caddy.Load([]byte(nothing), true); err != nil {
		t.Errorf("closing the admin endpoint: %v", err)
	}
	if err := caddy.Stop(); err != nil {
		t.Errorf("stopping the edge: %v", err)
	}
}

// Reload puts caddyfile in the place of the running configuration, as
// `caddy reload --force` does: also where nothing changed.
func (e *Edge) Reload(caddyfile string) {
	e.t.Helper()
	if err := e.TryReload(caddyfile); err != nil {
		e.t.Fatalf("reloading the edge: %v", err)
	}
}

// TryReload is Reload for a configuration that Caddy may refuse; the one before
// goes on running then, and the error is what the adapter or caddy.Load said.
func (e *Edge) TryReload(caddyfile string) error {
	e.t.Helper()
	adapted, err := Adapt(e.names.replace(caddyfile))
	if err != nil {
		return err
	}
	config, err := e.complete(adapted)
	if err != nil {
		return err
	}
	err = caddy.Load(config, true)
	// Caddy closes its idle connections; a POST must not meet one of them.
	e.Client.CloseIdleConnections()
	settle(e.t, 1, e.names.ports())
	e.awaitAdmin()
	if err != nil {
		return err
	}
	e.Adapted = adapted
	return nil
}

// Value returns what {{name}} stands for: a port, or for "dir" the directory of
// this edge.
func (e *Edge) Value(name string) string {
	e.t.Helper()
	if !strings.HasPrefix(name, "port") && name != "dir" {
		e.t.Fatalf("%q is not a known name: the names are dir and those that start with port", name)
	}
	return e.names.value(name)
}
