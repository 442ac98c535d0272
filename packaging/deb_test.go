// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"strings"
	"syscall"
	"testing"
)

const (
	configFile = "/etc/caddyrefresh/Caddyfile"
	secretFile = "/etc/caddyrefresh/secrets/django"
	stateDir   = "/var/lib/caddyrefresh"
	program    = "/usr/bin/caddyrefresh"
)

// ownSite is what an operator writes, with a secret in a file and a port below 1024.
const ownSite = `{
	skip_install_trust
}
localhost {
	tls internal
	token_refresh {
		signing_key {file./etc/caddyrefresh/secrets/django}
		rotate_refresh_tokens
		blacklist_after_rotation
	}
	respond "upstream"
}
`

// plainSite is the same without TLS, and with its key in the environment.
var plainSite = strings.NewReplacer("localhost {\n\ttls internal", "http://:8080 {", "{file."+secretFile+"}", "{env.KEY}").Replace(ownSite)

// TestDeb: apt installs the package. The service starts as it was installed, serves the
// operator's site after a reload, and reads a changed secret at the next one. An upgrade
// keeps the configuration, and a purge leaves nothing.
func TestDeb(t *testing.T) {
	deb := built(t, "*.deb")
	install(t, deb)

	t.Run("unit", testUnit)
	s := readService(t)
	edge := s.start(t)
	if got := edge.get(t, "http://127.0.0.1:8080/"); got.status != 200 || !strings.Contains(got.body, configFile) {
		t.Errorf("as installed it answers %v, want 200 and where the configuration is", got)
	}

	writeSecret(t, demoKey)
	write(t, configFile, ownSite, 0o644)
	s.reload(t)
	first := mint(t, []string{program}, demoKey)
	if status, access, next := refresh(t, "https://localhost", first); status != 200 || access == "" || next == "" {
		t.Errorf("refresh: %d, tokens %t %t, want 200 and both", status, access != "", next != "")
	}
	if status, _, _ := refresh(t, "https://localhost", first); status != 401 {
		t.Errorf("the spent token: %d, want 401", status)
	}

	const other = "another-key-that-is-as-long-as-RFC-7518-wants-it"
	fresh, rotated := mint(t, []string{program}, demoKey), mint(t, []string{program}, other)
	if status, _, _ := refresh(t, "https://localhost", rotated); status != 401 {
		t.Errorf("a token with a key that is not configured yet: %d, want 401", status)
	}
	writeSecret(t, other)
	s.reload(t)
	if status, _, _ := refresh(t, "https://localhost", rotated); status != 200 {
		t.Errorf("after a reload with another secret, its token: %d, want 200", status)
	}
	if status, _, _ := refresh(t, "https://localhost", fresh); status != 401 {
		t.Errorf("after a reload with another secret, a token with the old one: %d, want 401", status)
	}
	edge.stop(t)

	install(t, deb, "--reinstall")
	if text, err := os.ReadFile(configFile); err != nil || string(text) != ownSite {
		t.Errorf("installing again changed %s: %v\n%s", configFile, err, text)
	}
	run(t, "apt-get", "remove", "-qy", "caddyrefresh")
	gone(t, program, unitFile)
	there(t, configFile, secretFile, stateDir)
	run(t, "apt-get", "purge", "-qy", "caddyrefresh")
	gone(t, "/etc/caddyrefresh", stateDir)
}

func install(t *testing.T, deb string, options ...string) {
	t.Helper()
	t.Setenv("DEBIAN_FRONTEND", "noninteractive")
	run(t, "apt-get", append([]string{"install", "-qy", "--no-install-recommends", deb}, options...)...)
}

// testUnit has systemd look at the installed unit.
func testUnit(t *testing.T) {
	run(t, "systemd-analyze", "verify", unitFile)
	// It is 1.6 of 10. --threshold counts in tenths, and fails above.
	run(t, "systemd-analyze", "security", "--offline=true", "--threshold=20", unitFile)

	u, err := user.Lookup("caddyrefresh")
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat("/etc/caddyrefresh/secrets")
	if err != nil {
		t.Fatal(err)
	}
	owner, _ := info.Sys().(*syscall.Stat_t)
	if got := info.Mode().Perm(); got != 0o750 || owner.Uid != 0 || uint(owner.Gid) != number(t, u.Gid) {
		t.Errorf("the folder of the secrets: mode %o, user %d, group %d, want 750, root and %s", got, owner.Uid, owner.Gid, u.Gid)
	}
	if u.HomeDir != stateDir {
		t.Errorf("the home of the user is %s, want %s, where the unit may write", u.HomeDir, stateDir)
	}
}

// writeSecret writes the secret as root, readable by the service.
func writeSecret(t *testing.T, secret string) {
	t.Helper()
	group, err := user.LookupGroup("caddyrefresh")
	if err != nil {
		t.Fatal(err)
	}
	write(t, secretFile, secret+"\n", 0o640)
	if err := os.Chown(secretFile, 0, int(number(t, group.Gid))); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func there(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%v, want it kept", err)
		}
	}
}

func gone(t *testing.T, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there (%v)", path, err)
		}
	}
}
