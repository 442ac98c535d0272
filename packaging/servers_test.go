// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"syscall"
	"testing"
)

// errorUnless returns an error that shows the answer, unless it is as wanted.
func errorUnless(wanted bool, err error, got answer) error {
	if err == nil && !wanted {
		err = fmt.Errorf("the answer is %d %s", got.status, got.body)
	}
	return err
}

// listens reports an error until something listens there.
func listens(address string) func() error {
	return func() error {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
}

// startRedis starts Redis on its usual port.
func startRedis(t *testing.T, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Dir = t.TempDir()
	start(t, cmd).await(t, listens("redis:6379"))
}

// startPostgres starts PostgreSQL on its usual port, with a database and its owner as the
// official image makes them.
func startPostgres(t *testing.T, role, password, database string) {
	t.Helper()
	const bin = "/usr/lib/postgresql/15/bin/"
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal(err)
	}
	as := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(number(t, u.Uid)), Gid: uint32(number(t, u.Gid))}}
	dir, err := os.MkdirTemp("/tmp", "postgres") //nolint:usetesting // another user enters it
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, int(number(t, u.Uid)), int(number(t, u.Gid))); err != nil {
		t.Fatal(err)
	}
	data, secret := filepath.Join(dir, "data"), filepath.Join(dir, "password")
	write(t, secret, password, 0o644)
	initdb := exec.Command(bin+"initdb", "--pgdata", data, "--username", role, "--pwfile", secret, "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := exec.Command(bin+"postgres", "-D", data, "-k", dir, "-h", "127.0.0.1")
	server.SysProcAttr, server.Dir = as, dir
	p := start(t, server)
	psql := func() error {
		cmd := exec.Command("psql", "--host", "postgres", "--username", role, "--dbname", "postgres", "--command", "CREATE DATABASE "+database)
		cmd.Env = append(os.Environ(), "PGPASSWORD="+password)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	p.await(t, psql)
}
