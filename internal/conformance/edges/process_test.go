// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// What the configurations name by {env.}.
const (
	currentKey = "the-key-that-all-edges-here-sign-with-but-one"
	nextKey    = "the-key-that-comes-after-it-when-it-is-rolled-over"
	password   = "what-redis-wants-to-hear-first"
)

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "edges")
	if err == nil {
		binary, err = conformance.BuildEdge(context.Background(), dir)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// edge is a process of the edge, with a port for each of its sites. A site is
// the lines of its token_refresh.
type edge struct {
	t     *testing.T
	dir   string // what it keeps, the same after a restart
	sites []string

	urls   []string
	admin  string
	config string
	log    string
	cmd    *exec.Cmd
	exited chan struct{}
}

// newEdge describes an edge that is not running yet.
func newEdge(t *testing.T, sites ...string) *edge {
	e := &edge{t: t, dir: t.TempDir(), sites: sites}
	e.log = filepath.Join(e.dir, "log")
	t.Cleanup(func() {
		e.kill()
		e.inspectLog()
	})
	return e
}

// startEdge runs one.
func startEdge(t *testing.T, sites ...string) *edge {
	t.Helper()
	e := newEdge(t, sites...)
	e.start()
	return e
}

// start runs the process, on ports that are new each time, since the ones of a
// process that was killed may be taken by now. It returns once all listen.
func (e *edge) start() {
	e.t.Helper()
	for range 5 {
		e.configure()
		if e.launch() {
			return
		}
	}
	log, _ := os.ReadFile(e.log)
	e.t.Fatalf("the edge does not start:\n%s", log)
}

// command is the binary in the edge's environment.
func (e *edge) command(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Dir = e.dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+e.dir, "XDG_DATA_HOME="+e.dir,
		"EDGES_KEY="+currentKey, "EDGES_NEXT_KEY="+nextKey, "EDGES_PASSWORD="+password)
	return cmd
}

// configure writes the configuration, with free ports.
func (e *edge) configure() {
	e.t.Helper()
	var config strings.Builder
	free := func() string {
		addr, err := freeport.Addr()
		if err != nil {
			e.t.Fatal(err)
		}
		return addr
	}
	e.admin, e.urls = "http://"+free(), nil
	fmt.Fprintf(&config, "{\n\tadmin %s\n\tauto_https off\n\tpersist_config off\n\tgrace_period 5s\n\tlog {\n\t\tlevel DEBUG\n\t}\n}\n",
		strings.TrimPrefix(e.admin, "http://"))
	for _, settings := range e.sites {
		url := "http://" + free()
		e.urls = append(e.urls, url)
		fmt.Fprintf(&config, "%s {\n\tlog\n\theader >X-Outcome {http.token_refresh.outcome}\n\ttoken_refresh {\n"+
			"\t\tsimplejwt_version 5.5\n\t\tverify_path /api/token/verify\n\t\trotate_refresh_tokens\n\t\tblacklist_after_rotation\n%s\n\t}\n\trespond upstream\n}\n",
			url, settings)
	}
	e.config = filepath.Join(e.dir, "Caddyfile")
	if err := os.WriteFile(e.config, []byte(config.String()), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// launch runs the process and reports whether it came up. A log of an earlier
// one is gone on with.
func (e *edge) launch() bool {
	e.t.Helper()
	log, err := os.OpenFile(e.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		e.t.Fatal(err)
	}
	defer log.Close()
	cmd := e.command("run", "--config", e.config, "--adapter", "caddyfile")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	e.cmd, e.exited = cmd, exited
	waiting := append([]string{e.admin}, e.urls...)
	for end := time.Now().Add(redistest.Patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		select {
		case <-exited:
			return false
		default:
		}
		for len(waiting) > 0 {
			conn, err := net.DialTimeout("tcp", strings.TrimPrefix(waiting[0], "http://"), time.Second)
			if err != nil {
				break
			}
			conn.Close()
			waiting = waiting[1:]
		}
		if len(waiting) == 0 {
			return true
		}
	}
	e.kill()
	return false
}

// kill ends the process as a crash would, and waits for its end.
func (e *edge) kill() {
	if e.cmd == nil {
		return
	}
	_ = e.cmd.Process.Signal(syscall.SIGKILL)
	<-e.exited
}

// stop ends the process as an operator does.
func (e *edge) stop() {
	e.t.Helper()
	_ = e.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-e.exited:
	case <-time.After(redistest.Patience):
		e.t.Fatal("the edge does not stop")
	}
}

// inspectLog wants no secret in the log, and no panic. All tokens begin alike.
func (e *edge) inspectLog() {
	log, err := os.ReadFile(e.log)
	if err != nil || len(log) == 0 {
		e.t.Errorf("the edge logged nothing: %v", err)
	}
	for line := range strings.Lines(string(log)) {
		for _, bad := range []string{"eyJ", currentKey, nextKey, password, "panic"} {
			if strings.Contains(line, bad) {
				e.t.Errorf("the log holds %s: %s", bad, line)
			}
		}
	}
}

// lacks wants none of those texts in the log so far.
func (e *edge) lacks(secrets ...string) {
	e.t.Helper()
	log, err := os.ReadFile(e.log)
	if err != nil {
		e.t.Error(err)
	}
	for _, secret := range secrets {
		if strings.Contains(string(log), secret) {
			e.t.Errorf("the log holds %s", secret)
		}
	}
}
