// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block matches a code block of a page.
var block = regexp.MustCompile("(?ms)^```(sh|caddyfile)\n(.*?)^```$")

// TestDebPage does on a new machine what docs/deploy.md says, from the package to a
// refresh. The test differs from the page in one point: no authority gives it a
// certificate for api.example.com.
func TestDebPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("../docs", "deploy.md"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DEBIAN_FRONTEND", "noninteractive")
	t.Cleanup(func() { run(t, "apt-get", "purge", "-qy", "caddyrefresh") })
	dir := t.TempDir()
	run(t, "ln", "-s", built(t, "*.deb"), dir)
	write(t, filepath.Join(dir, "secret.txt"), demoKey+"\n", 0o600)

	var edge *process
	for _, b := range block.FindAllStringSubmatch(string(text), -1) {
		if b[1] == "caddyfile" {
			write(t, configFile, "{\n\tskip_install_trust\n}\n"+strings.Replace(b[2], "api.example.com {", "localhost {\n\ttls internal", 1), 0o644)
			continue
		}
		for line := range strings.Lines(b[2]) {
			switch line = strings.TrimSpace(line); line {
			case "systemctl enable --now caddyrefresh":
				edge = readService(t).start(t)
			case "systemctl reload caddyrefresh":
				readService(t).reload(t)
			default:
				shell := exec.Command("sh", "-c", strings.Replace(line, "apt install", "apt install --yes", 1))
				shell.Dir = dir
				if out, err := shell.CombinedOutput(); err != nil {
					t.Fatalf("%s: %v\n%s", line, err, out)
				}
			}
		}
	}
	if edge == nil {
		t.Fatal("the page does not start the service")
	}
	if status, access, next := refresh(t, "https://localhost", mint(t, []string{program}, demoKey)); status != 200 || access == "" || next == "" {
		t.Errorf("refresh: %d, tokens %t %t, want 200 and both", status, access != "", next != "")
	}
}
