// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package refusals

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/conformance/witness"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
)

// quiet keeps the log to what an operator has to read.
const quiet = "{\n\tlog default {\n\t\tlevel WARN\n\t}\n}\n"

// site is a site with `refusals backend` on a port that has the site's name.
func site(name, backend string, lines ...string) string {
	return fmt.Sprintf("http://:{{port%s}} {\n\tbind 127.0.0.1\n\ttoken_refresh {\n\t\t%s\n\t\tname %s\n\t\trefusals backend\n\t}\n\treverse_proxy %s\n}\n",
		name, strings.Join(lines, "\n\t\t"), name, backend)
}

// address returns where a site of the edge listens.
func address(edge *edgetest.Edge, name string) string { return "127.0.0.1:" + edge.Value("port"+name) }

// database makes the database of a release's project.
func database(t *testing.T, rel *conformance.Set) string {
	t.Helper()
	path, err := conformance.Database(t.Context(), rel, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// serve serves the project of a profile with a settings module.
func serve(t *testing.T, rel *conformance.Set, p conformance.Profile, settings, database string) (address string) {
	t.Helper()
	library, err := conformance.Extra(t.Context(), rel, "drf-standardized-errors")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", filepath.Join(conformance.Dir(), "refusals", "project")+":"+library)
	t.Setenv("DJANGO_SETTINGS_MODULE", settings)
	server, err := conformance.Django(t.Context(), rel, p, database, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server.Addr
}

// client asks an edge, and looks at what its witness saw of it.
type client struct {
	t       *testing.T
	edge    string // address
	witness *witness.Witness
	django  string // address
}

// got is what a client got, and what Django had to do with it.
type got struct {
	conformance.Answer
	header http.Header
	asked  int                // how often Django was asked
	heard  conformance.Answer // what it said last
}

// byBackend reports whether the answer is one that came through the proxy.
func (g *got) byBackend() bool { return g.header.Get("Via") != "" }

// send sends a request to the edge.
func (c *client) send(raw []byte) got {
	c.t.Helper()
	before, _ := c.witness.Latest()
	answer, header, err := conformance.Send(c.edge, raw)
	if err != nil {
		c.t.Fatal(err)
	}
	after, heard := c.witness.Latest()
	g := got{Answer: answer, header: header, asked: after - before, heard: heard}
	if header.Get("Cache-Control") != "no-store" {
		c.t.Errorf("Cache-Control is %q\n%.1500q", header.Get("Cache-Control"), raw)
	}
	if g.byBackend() {
		if diff := c.witness.Diff(answer, header); diff != "" {
			c.t.Errorf("the client gets %s\n%.1500q", diff, raw)
		}
	}
	return g
}

// ask sends a request to Django, past the edge.
func (c *client) ask(raw []byte) conformance.Answer {
	c.t.Helper()
	return ask(c.t, c.django, raw)
}

func ask(t *testing.T, django string, raw []byte) conformance.Answer {
	t.Helper()
	answer, _, err := conformance.Send(django, raw)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// unixNow is the time as conformance counts it.
func unixNow() float64 { return float64(time.Now().UnixMicro()) / 1e6 }
