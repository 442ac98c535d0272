// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-systemd/v22/unit"
)

const unitFile = "/usr/lib/systemd/system/caddyrefresh.service"

// service is the installed unit. The tests start its commands, since systemd runs in no
// container.
type service map[string][]string

func readService(t *testing.T) service {
	t.Helper()
	file, err := os.Open(unitFile)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	options, err := unit.DeserializeOptions(file)
	if err != nil {
		t.Fatal(err)
	}
	s := service{}
	for _, o := range options {
		if o.Section == "Service" {
			s[o.Name] = append(s[o.Name], o.Value)
		}
	}
	return s
}

// one returns the setting that the unit has once.
func (s service) one(t *testing.T, name string) string {
	t.Helper()
	if len(s[name]) != 1 {
		t.Fatalf("the unit has %d settings %s, want one", len(s[name]), name)
	}
	return s[name][0]
}

// command returns a command of the unit, to be run as systemd would: as the unit's user
// with its capabilities, its environment, and with nothing to write to but its state
// directory and /tmp.
func (s service) command(t *testing.T, name string, env ...string) *exec.Cmd {
	t.Helper()
	if got := s.one(t, "ProtectSystem"); got != "strict" {
		t.Fatalf("ProtectSystem is %s, and the test does as strict does", got)
	}
	u, err := user.Lookup(s.one(t, "User"))
	if err != nil {
		t.Fatal(err)
	}
	capability := strings.ToLower(strings.TrimPrefix(s.one(t, "AmbientCapabilities"), "CAP_"))
	state := s.stateDirectory(t, u)
	const protect = `mount --bind "$0" "$0" && mount -o remount,bind,ro / && mount -o remount,bind,ro /run && exec "$@"`
	args := []string{
		"--mount", "sh", "-c", protect, state,
		"setpriv", "--reuid", u.Uid, "--regid", u.Gid, "--clear-groups", "--no-new-privs",
		"--inh-caps", "-all,+" + capability, "--ambient-caps", "-all,+" + capability, "--bounding-set", "-all,+" + capability,
	}
	cmd := exec.Command("unshare", append(args, strings.Fields(s.one(t, name))...)...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + u.HomeDir, "USER=" + u.Username, "LOGNAME=" + u.Username},
		s.environmentFile(t)...)
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// stateDirectory makes StateDirectory as systemd does before it starts the service.
func (s service) stateDirectory(t *testing.T, u *user.User) string {
	t.Helper()
	dir := filepath.Join("/var/lib", s.one(t, "StateDirectory"))
	mode, err := strconv.ParseUint(s.one(t, "StateDirectoryMode"), 8, 32)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	if err := errors.Join(os.MkdirAll(dir, 0o700), os.Chmod(dir, os.FileMode(mode)), os.Chown(dir, uid, gid)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// environmentFile reads EnvironmentFile. A dash before its name lets it be missing.
func (s service) environmentFile(t *testing.T) []string {
	t.Helper()
	name, mayMiss := strings.CutPrefix(s.one(t, "EnvironmentFile"), "-")
	text, err := os.ReadFile(name)
	if err != nil && (!mayMiss || !errors.Is(err, os.ErrNotExist)) {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// start starts the service, and waits until it reports to systemd that it is ready.
func (s service) start(t *testing.T) *process {
	t.Helper()
	if got := s.one(t, "Type"); got != "notify" {
		t.Fatalf("the unit's type is %s, and the test waits for a notification", got)
	}
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	// The service runs as another user, and TempDir has the mode 0700 above it.
	for dir := path; dir != "/tmp"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	p := start(t, s.command(t, "ExecStart", "NOTIFY_SOCKET="+path))
	message := make([]byte, 1000)
	p.await(t, func() error {
		if err := socket.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			return err
		}
		n, err := socket.Read(message)
		if err == nil && !strings.Contains(string(message[:n]), "READY=1") {
			err = errors.New("no READY=1 yet")
		}
		return err
	})
	return p
}

// reload runs ExecReload.
func (s service) reload(t *testing.T) {
	t.Helper()
	if out, err := s.command(t, "ExecReload").CombinedOutput(); err != nil {
		t.Fatalf("reload: %v\n%s", err, out)
	}
}
