// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// container is an unpacked image, whose commands run as a container runtime runs them.
type container struct {
	root   string
	config v1.Config
}

// unpack unpacks the built image.
func unpack(t *testing.T) container {
	t.Helper()
	image, err := tarball.ImageFromPath(built(t, "caddyrefresh-image.tar"), nil)
	if err != nil {
		t.Fatal(err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	files := mutate.Extract(image)
	defer files.Close()
	tar := exec.Command("tar", "--extract", "--same-owner", "--preserve-permissions", "--directory", root)
	tar.Stdin = files
	if out, err := tar.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	// A runtime brings these.
	for _, name := range []string{"/etc/hosts", "/etc/resolv.conf"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, root+name, string(text), 0o644)
	}
	return container{root, file.Config}
}

// command returns a command in the container, as its user and with its environment.
func (c container) command(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	uid, gid, _ := strings.Cut(c.config.User, ":")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = "/"
	cmd.Env = append(slices.Clone(c.config.Env), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Chroot:     c.root,
		Credential: &syscall.Credential{Uid: uint32(number(t, uid)), Gid: uint32(number(t, gid))},
	}
	return cmd
}

// start starts the container with this configuration in the place of its own.
func (c container) start(t *testing.T, config string, env ...string) *process {
	t.Helper()
	write(t, filepath.Join(c.root, configFile), config, 0o644)
	return start(t, c.command(t, env, append(slices.Clone(c.config.Entrypoint), c.config.Cmd...)...))
}

// healthy runs the image's health check.
func (c container) healthy(t *testing.T) error {
	t.Helper()
	test := c.config.Healthcheck.Test
	return c.command(t, nil, test[1:]...).Run()
}

// TestImageConfig: the image says how to run it, and as nobody who owns the machine.
func TestImageConfig(t *testing.T) {
	got := unpack(t).config
	got.Labels, got.Hostname, got.OnBuild = nil, "", nil // of the build, or empty
	got.Env = slices.DeleteFunc(got.Env, func(v string) bool { return strings.HasPrefix(v, "PATH=") })
	want := v1.Config{
		User:       "65532:65532",
		Entrypoint: []string{program},
		Cmd:        []string{"run", "--config", configFile},
		Env:        []string{"XDG_DATA_HOME=/data", "XDG_CONFIG_HOME=/config"},
		Volumes:    map[string]struct{}{"/data": {}, "/config": {}},
		ExposedPorts: map[string]struct{}{
			"8080/tcp": {}, "8443/tcp": {}, "8443/udp": {},
		},
		Healthcheck: &v1.HealthConfig{
			Test:     []string{"CMD", program, "token-refresh", "ready", "--config", configFile},
			Interval: 10 * time.Second, Timeout: 5 * time.Second, StartPeriod: 30 * time.Second, Retries: 3,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the configuration (-want +got):\n%s", diff)
	}
}

// TestImageServes: the program in the image serves as the image's user, keeps spent
// tokens in its volume, and says that it is healthy.
func TestImageServes(t *testing.T) {
	c := unpack(t)
	if err := c.healthy(t); err == nil {
		t.Error("the health check passes although nothing runs")
	}
	edge := c.start(t, plainSite, "KEY="+demoKey)
	if got := edge.get(t, "http://127.0.0.1:8080/"); got.body != "upstream" {
		t.Errorf("it answers %v, want what the site behind it says", got)
	}
	edge.await(t, func() error { return c.healthy(t) })
	token := mint(t, []string{"chroot", c.root, program}, demoKey)
	if status, access, next := refresh(t, "http://127.0.0.1:8080", token); status != 200 || access == "" || next == "" {
		t.Errorf("refresh: %d, tokens %t %t, want 200 and both", status, access != "", next != "")
	}
	edge.stop(t)

	// A new container with the old volume.
	edge = c.start(t, plainSite, "KEY="+demoKey)
	edge.get(t, "http://127.0.0.1:8080/")
	if status, _, _ := refresh(t, "http://127.0.0.1:8080", token); status != 401 {
		t.Errorf("the spent token, after a restart: %d, want 401", status)
	}

	roots, err := os.ReadFile(filepath.Join(c.root, "/etc/ssl/certs/ca-certificates.crt"))
	if err != nil || !x509.NewCertPool().AppendCertsFromPEM(roots) {
		t.Errorf("the image has no certificates (%v): jwk_url and rediss:// would fail", err)
	}
}

// TestImageAsBuilt: without a configuration of its own the container starts, too.
func TestImageAsBuilt(t *testing.T) {
	c := unpack(t)
	own, err := os.ReadFile(filepath.Join(c.root, configFile))
	if err != nil {
		t.Fatal(err)
	}
	c.start(t, string(own)).await(t, func() error { return c.healthy(t) })
}

// TestImageUnready: the health check fails while the store has never answered.
func TestImageUnready(t *testing.T) {
	c := unpack(t)
	site := strings.Replace(plainSite, "blacklist_after_rotation", "blacklist_after_rotation\n\t\tstore redis 127.0.0.1:6379", 1)
	edge := c.start(t, site, "KEY="+demoKey)
	edge.get(t, "http://127.0.0.1:8080/")
	if err := c.healthy(t); err == nil {
		t.Error("the health check passes although the store has not answered")
	}
}
