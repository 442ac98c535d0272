// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRPM: rpm reads the package and finds it whole, and the program in it serves.
func TestRPM(t *testing.T) {
	rpm := built(t, "*.rpm")
	run(t, "rpm", "--checksig", rpm)

	files := strings.Fields(run(t, "rpm", "--query", "--list", "--package", rpm))
	for _, want := range []string{program, unitFile, configFile, "/etc/caddyrefresh/secrets", "/usr/lib/sysusers.d/caddyrefresh.conf"} {
		if !slices.Contains(files, want) {
			t.Errorf("the package lacks %s; it has %s", want, files)
		}
	}
	if got := strings.TrimSpace(run(t, "rpm", "--query", "--configfiles", "--package", rpm)); got != configFile {
		t.Errorf("its configuration files are %s, want %s, which an upgrade must keep", got, configFile)
	}

	dir := t.TempDir()
	run(t, "sh", "-c", `rpm2cpio "$1" | (cd "$2" && cpio --extract --make-directories --no-absolute-filenames --quiet)`, "sh", rpm, dir)
	unpacked := filepath.Join(dir, program)
	if got := run(t, unpacked, "version"); !strings.HasPrefix(got, "v") {
		t.Errorf("it says version %q, want a release", got)
	}
	config := filepath.Join(dir, "Caddyfile")
	write(t, config, plainSite, 0o644)
	cmd := exec.Command(unpacked, "run", "--config", config)
	cmd.Env = []string{"HOME=" + dir, "KEY=" + demoKey}
	edge := start(t, cmd)
	if got := edge.get(t, "http://127.0.0.1:8080/"); got.body != "upstream" {
		t.Errorf("it answers %v, want what the site behind it says", got)
	}
	if status, access, next := refresh(t, "http://127.0.0.1:8080", mint(t, []string{unpacked}, demoKey)); status != 200 || access == "" || next == "" {
		t.Errorf("refresh: %d, tokens %t %t, want 200 and both", status, access != "", next != "")
	}
}
