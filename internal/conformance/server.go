// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// Server is a process that listens on a loopback port.
type Server struct {
	Addr string

	process *exec.Cmd
	exited  chan struct{}
	log     bytes.Buffer
}

// patience is how long a server may take to start, and to stop.
const patience = 20 * time.Second

// blacklistApp installs Django's blacklist app.
const blacklistApp = "CONFORMANCE_BLACKLIST=1"

// Database makes the database of a release's project, below dir. It has the
// tables of the blacklist app, whether that is installed later or not.
func Database(ctx context.Context, rel *Set, dir string) (string, error) {
	python, err := Environment(ctx, rel)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "django-"+rel.Name+".sqlite3")
	cmd := exec.CommandContext(ctx, python, "prepare.py")
	cmd.Dir = filepath.Join(Dir(), "django")
	cmd.Env = append(os.Environ(), "CONFORMANCE_DATABASE="+path, "PYTHONDONTWRITEBYTECODE=1", blacklistApp)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("preparing the database of %s: %w\n%s", rel.Name, err, out)
	}
	return path, nil
}

// OwnDatabase returns a copy of the database for a Django that writes.
func OwnDatabase(p Profile, database string) (string, error) {
	if !p.Remembers {
		return database, nil
	}
	data, err := os.ReadFile(database)
	if err != nil {
		return "", err
	}
	database += "-" + p.Name
	return database, os.WriteFile(database, data, 0o600)
}

// Django starts the project with one gunicorn worker. For the recorder the
// clock and the jtis come from the requests.
func Django(ctx context.Context, rel *Set, p Profile, database string, record bool) (*Server, error) {
	python, err := Environment(ctx, rel)
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(p.SimpleJWT)
	if err != nil {
		return nil, err
	}
	addr, err := freeport.Addr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(python, "-m", "gunicorn",
		"--bind", addr, "--workers", "1", "--worker-class", "sync", "--graceful-timeout", "1", "--no-control-socket",
		"--limit-request-field_size", "16384", "--permit-unconventional-http-method", "wsgi:application")
	cmd.Dir = filepath.Join(Dir(), "django")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONUNBUFFERED=1",
		"CONFORMANCE_DATABASE="+database, "CONFORMANCE_SIMPLE_JWT="+string(settings))
	if p.Remembers {
		cmd.Env = append(cmd.Env, blacklistApp)
	}
	if p.DJRestAuth != nil {
		more, err := p.DJRestAuth.environment(ctx, rel)
		if err != nil {
			return nil, err
		}
		cmd.Env = append(cmd.Env, more...)
	}
	if p.JSONOnly {
		cmd.Env = append(cmd.Env, "CONFORMANCE_JSON_ONLY=1")
	}
	if record {
		cmd.Env = append(cmd.Env, "CONFORMANCE_RECORD=1")
	}
	return Start(cmd, addr)
}

// Start runs cmd and returns once it listens on addr.
func Start(cmd *exec.Cmd, addr string) (*Server, error) {
	s := &Server{Addr: addr, process: cmd, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait()
		close(s.exited)
	}()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		select {
		case <-s.exited:
			return nil, fmt.Errorf("%s did not start:\n%s", cmd.Path, s.log.String())
		default:
		}
		if conn, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
			_ = conn.Close()
			return s, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%s does not listen on %s", cmd.Path, addr), s.Stop())
}

// Stop ends the process, gently at first.
func (s *Server) Stop() error {
	_ = s.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.exited:
		return nil
	case <-time.After(patience):
		return s.process.Process.Kill()
	}
}

// Log returns what a stopped server wrote.
func (s *Server) Log() string {
	<-s.exited
	return s.log.String()
}
