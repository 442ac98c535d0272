// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

const startTimeout = 60 * time.Second

// process is a server that was started here.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// start starts a server; its output goes to the file log.
func start(t testing.TB, log, name string, as *account, env []string, args ...string) *process {
	t.Helper()
	out, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), env...)
	cmd.Dir = filepath.Dir(log)
	as.apply(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd, make(chan struct{})}
	go func() { _ = cmd.Wait(); close(p.done) }()
	t.Cleanup(func() { p.stop(syscall.SIGQUIT) })
	return p
}

// stop ends the process and waits until it is gone.
func (p *process) stop(sig syscall.Signal) {
	select {
	case <-p.done:
		return
	default:
	}
	_ = p.cmd.Process.Signal(sig)
	select {
	case <-p.done:
	case <-time.After(20 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// await waits until ready returns no error.
func await(t testing.TB, p *process, log string, ready func() error) {
	t.Helper()
	deadline := time.Now().Add(startTimeout)
	for {
		err := ready()
		if err == nil {
			return
		}
		select {
		case <-p.done:
			err = errors.New("it ended")
			deadline = time.Time{}
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log)
			t.Fatalf("the server does not come up: %v\n%s", err, text)
		}
	}
}

// account is the user that a server runs as, since database servers refuse root.
type account struct{ uid, gid uint32 }

// accountOf returns nil, which is the own user, unless that is root.
func accountOf(t testing.TB, name string) *account {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return &account{uint32(uid), uint32(gid)}
}

func (a *account) apply(cmd *exec.Cmd) {
	if a != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid}}
	}
}

// dir makes a temporary directory that the account owns. It lies in /tmp itself,
// since a socket's path must be short and every directory above it open.
func (a *account) dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "djangotest") //nolint:usetesting // other users of this machine enter it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if a != nil {
		if err := os.Chown(dir, int(a.uid), int(a.gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs a command to its end.
func (a *account) run(t testing.TB, dir, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	a.apply(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// freePort returns a port that nothing listens on.
func freePort(t testing.TB) int {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// find returns the first of the programs that is there.
func find(t testing.TB, names ...string) string {
	t.Helper()
	for _, name := range names {
		if found, err := filepath.Glob(name); err == nil && len(found) > 0 {
			return found[len(found)-1]
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal(fmt.Errorf("none of %v is installed", names))
	return ""
}
