// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// copyDir names the folder where the copy of the machine is mounted. It is set within it.
const copyDir = "PACKAGING_COPY"

// TestMain runs the tests in a copy of this machine, which ends with them.
func TestMain(m *testing.M) {
	dir := os.Getenv(copyDir)
	if dir == "" {
		os.Exit(inCopy())
	}
	if err := enter(dir); err != nil {
		fmt.Fprintln(os.Stderr, "making a copy of this machine:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// inCopy runs this program again, in namespaces of its own, and returns its exit status.
func inCopy() int {
	if os.Getuid() != 0 {
		fmt.Fprintln(os.Stderr, "these tests install packages in a copy of this machine: run them as root")
		return 1
	}
	dir, err := os.MkdirTemp("", "packaging")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.Remove(dir)
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), copyDir+"="+dir)
	// A process namespace ends whatever a test left running.
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	if err := cmd.Run(); err != nil {
		if exit := new(exec.ExitError); !errors.As(err, &exit) {
			fmt.Fprintln(os.Stderr, err)
		}
		return 1
	}
	return 0
}

// enter makes the copy and moves into it.
func enter(dir string) error {
	work, err := os.Getwd()
	if err != nil {
		return err
	}
	upper, lower, root := filepath.Join(dir, "upper"), filepath.Join(dir, "work"), filepath.Join(dir, "root")
	repository := filepath.Dir(work)
	for _, step := range []func() error{
		func() error { return unix.Mount("", "/", "", unix.MS_PRIVATE|unix.MS_REC, "") },
		func() error { return unix.Mount("tmpfs", dir, "tmpfs", 0, "mode=755") },
		func() error {
			return errors.Join(os.Mkdir(upper, 0o755), os.Mkdir(lower, 0o755), os.Mkdir(root, 0o755))
		},
		func() error {
			return unix.Mount("overlay", root, "overlay", 0, "lowerdir=/,upperdir="+upper+",workdir="+lower)
		},
		func() error { return unix.Mount("/dev", root+"/dev", "", unix.MS_BIND|unix.MS_REC, "") },
		func() error { return unix.Mount("/sys", root+"/sys", "", unix.MS_BIND|unix.MS_REC, "") },
		func() error { return unix.Mount("proc", root+"/proc", "proc", 0, "") },
		func() error { return unix.Mount("tmpfs", root+"/run", "tmpfs", 0, "mode=755") },
		func() error { return unix.Mount("tmpfs", root+"/tmp", "tmpfs", 0, "mode=1777") },
		// The repository may be a mount of its own, or lie below /tmp.
		func() error { return os.MkdirAll(root+repository, 0o755) },
		func() error { return unix.Mount(repository, root+repository, "", unix.MS_BIND, "") },
		func() error { return unix.Chroot(root) },
		func() error { return os.Chdir(work) },
		loopback,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	// The services of examples/compose.yaml call each other by these names, and the page
	// of docs/operate.md serves api.example.com.
	return os.WriteFile("/etc/hosts", []byte("127.0.0.1 localhost api.example.com edge django postgres redis\n::1 localhost\n"), 0o644)
}

// loopback switches on the loopback interface of a new network.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
}

// run runs a command to its end and returns what it prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// built returns the one file below dist that the pattern names.
func built(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob("../dist/" + pattern)
	if err != nil || len(found) != 1 {
		t.Fatalf("dist has %d files %s: run `make release` and `make image` first", len(found), pattern)
	}
	path, err := filepath.Abs(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// number reads the id of a user or a group.
func number(t *testing.T, id string) uint {
	t.Helper()
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint(n)
}
