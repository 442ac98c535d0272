// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// server is one way to run the project. Of its arguments, ADDR, HOST and PORT
// stand for where it has to listen.
type server struct {
	name  string
	args  []string // the command is in the environment's bin
	nginx string   // what proxy_pass is, for nginx before gunicorn
}

var gunicorn = []string{
	"gunicorn", "--bind", "ADDR", "--threads", "4", "--no-control-socket",
	"--limit-request-line", "0", "--permit-unconventional-http-method", "huntsite:wsgi",
}

func uwsgi(args ...string) []string {
	return append(append([]string{"uwsgi"}, args...), "--module", "huntsite:wsgi", "--need-app", "--buffer-size", "65535", "--disable-logging", "--die-on-term", "--master")
}

// servers are those that Django's documentation names, and nginx before one of
// them: as it hands on a path that it cleaned, and a path that it decoded.
var servers = []server{
	{name: "gunicorn", args: gunicorn},
	{name: "uwsgi", args: uwsgi("--http-socket", "ADDR", "--so-keepalive")},
	{name: "uwsgi-router", args: uwsgi("--http", "ADDR", "--http-keepalive")},
	{name: "daphne", args: []string{"daphne", "-b", "HOST", "-p", "PORT", "huntsite:asgi"}},
	{name: "uvicorn-h11", args: []string{"uvicorn", "--host", "HOST", "--port", "PORT", "--http", "h11", "--no-access-log", "huntsite:asgi"}},
	{name: "uvicorn-httptools", args: []string{"uvicorn", "--host", "HOST", "--port", "PORT", "--http", "httptools", "--no-access-log", "huntsite:asgi"}},
	{name: "hypercorn", args: []string{"hypercorn", "--bind", "ADDR", "huntsite:asgi"}},
	{name: "waitress", args: []string{"waitress-serve", "--listen", "ADDR", "huntsite:wsgi"}},
	{name: "granian-wsgi", args: []string{"granian", "--interface", "wsgi", "--host", "HOST", "--port", "PORT", "--no-ws", "huntsite:wsgi"}},
	{name: "granian-asgi", args: []string{"granian", "--interface", "asginl", "--host", "HOST", "--port", "PORT", "--no-ws", "huntsite:asgi"}},
	{name: "nginx-cleaned", args: gunicorn, nginx: "http://app/"},
	{name: "nginx-decoded", args: gunicorn, nginx: "http://app$uri"},
}

// start runs the server until the test is over and returns its address.
func (s server) start(t *testing.T, python, dir, log string) string {
	t.Helper()
	addr := freeAddr(t)
	host, port, _ := strings.Cut(addr, ":")
	args := make([]string, 0, len(s.args))
	for _, arg := range s.args[1:] {
		args = append(args, strings.NewReplacer("ADDR", addr, "HOST", host, "PORT", port).Replace(arg))
	}
	cmd := exec.Command(filepath.Join(filepath.Dir(python), s.args[0]), args...)
	cmd.Dir = filepath.Join(conformance.Dir(), "hunt")
	cmd.Env = append(os.Environ(), "HUNT_LOG="+log, "PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH="+cmd.Dir)
	run(t, cmd, addr)
	if s.nginx == "" {
		return addr
	}
	front := freeAddr(t)
	nginx, err := conformance.StartNginx(dir, front, fmt.Sprintf(`
		underscores_in_headers on;
		large_client_header_buffers 4 64k;
		upstream app { server %s; }
		server {
			listen %s;
			merge_slashes off;
			location / { proxy_pass %s; }
		}`, addr, front, s.nginx))
	stopAfter(t, nginx, err)
	return front
}

// run runs cmd until the test is over.
func run(t *testing.T, cmd *exec.Cmd, addr string) {
	t.Helper()
	s, err := conformance.Start(cmd, addr)
	stopAfter(t, s, err)
}

// stopAfter stops a server when the test is over. err is that of its start.
func stopAfter(t *testing.T, s *conformance.Server, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
}

func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	return addr
}
