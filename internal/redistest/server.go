// SPDX-License-Identifier: Apache-2.0

//go:build conformance

// Package redistest runs real Redis servers inside tests: alone, as a cluster,
// below Sentinel, and behind a proxy that counts and cuts. It needs
// redis-server and redis-cli in the path. Everything listens on loopback, lives
// in a directory of the test and ends with it.
package redistest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// Patience is how long a server is given to start or to change its role.
const Patience = 60 * time.Second

// Server is a running redis-server.
type Server struct {
	Addr string // host:port
	Port string
	Dir  string

	t    testing.TB
	args []string
	cmd  *exec.Cmd
	done chan struct{}
}

// Start runs a server with redis-server's own settings, as in
// Start(t, "--maxmemory", "3mb"), and waits until it answers.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	port := FreePort(t)
	s := &Server{Addr: "127.0.0.1:" + port, Port: port, Dir: t.TempDir(), t: t}
	s.args = append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", s.Dir, "--save", "", "--appendonly", "no",
		"--daemonize", "no", "--logfile", filepath.Join(s.Dir, "log"),
	}, settings...)
	s.Launch()
	t.Cleanup(s.Stop)
	return s
}

// FreePort returns a loopback port on which nobody listens, with the same of
// the cluster bus, 10000 above.
func FreePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port, err := freeport.Take()
		if err != nil {
			t.Fatal(err)
		}
		if freeport.Free(port + 10000) {
			return strconv.Itoa(port)
		}
	}
	t.Fatal("no free port")
	return ""
}

// Launch starts the process, again after Stop. It waits for an answer.
func (s *Server) Launch() {
	s.t.Helper()
	s.LaunchUnready()
	s.Eventually("server on "+s.Addr+" answers", func() bool {
		out := s.Try("PING")
		return strings.Contains(out, "PONG") || strings.Contains(out, "NOAUTH")
	})
}

// LaunchUnready starts the process and does not wait.
func (s *Server) LaunchUnready() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", s.args...) //nolint:gosec // arguments of tests
	s.cmd.Dir = s.Dir
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("starting redis-server (Debian's package redis-server has it): %v", err)
	}
	done := make(chan struct{})
	s.done = done
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		close(done)
	}(s.cmd)
}

// Stop kills the process, as a crash would, and waits for its end.
func (s *Server) Stop() {
	_ = s.cmd.Process.Signal(syscall.SIGKILL)
	<-s.done
}

// Pause makes the process hang, Resume go on.
func (s *Server) Pause()  { s.signal(syscall.SIGSTOP) }
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("signal %v: %v", sig, err)
	}
}

// Try runs a command and returns what redis-cli prints, errors included.
func (s *Server) Try(command ...string) string {
	out, _ := exec.Command("redis-cli", append([]string{"-p", s.Port, "--no-auth-warning"}, command...)...).CombinedOutput() //nolint:gosec // arguments of tests
	return strings.TrimRight(string(out), "\n")
}

// Do is Try for what must work.
func (s *Server) Do(command ...string) string {
	s.t.Helper()
	out := s.Try(command...)
	for _, sign := range []string{"ERR", "WRONG", "NOAUTH", "Could not connect", "Error:"} {
		if strings.HasPrefix(out, sign) {
			s.t.Fatalf("%s: %s", strings.Join(command, " "), out)
		}
	}
	return out
}

// Log returns what the server logged.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, "log"))
	return string(text)
}

// Eventually waits until something is so.
func (s *Server) Eventually(what string, is func() bool) {
	s.t.Helper()
	Eventually(s.t, what, is)
}

// Eventually waits until something is so, for as long as Patience.
func Eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(Patience); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not come about within %v that %s", Patience, what)
		}
	}
}
