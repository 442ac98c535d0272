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

// TestPage does what docs/operate.md tells a person to do who has a Debian machine and
// the package, in this order and as it stands there. The test puts in what the person
// has: a host whose name is api.example.com, a secret, systemd and a certificate.
func TestPage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "docs", "operate.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "## From the package to a served refresh\n")
	section, _, _ = strings.Cut(section, "\n## ")
	home := t.TempDir()
	write(t, filepath.Join(home, ".curlrc"), "insecure\nfail\n", 0o600) // the certificate is of Caddy's own authority
	t.Setenv("HOME", home)
	t.Setenv("DJANGO_SECRET_KEY", demoKey)
	t.Setenv("DEBIAN_FRONTEND", "noninteractive")
	t.Cleanup(func() { run(t, "apt-get", "purge", "-qy", "caddyrefresh") })

	var printed strings.Builder
	for _, block := range regexp.MustCompile("(?s)```(\\w+)\n(.*?)```").FindAllStringSubmatch(section, -1) {
		switch language, text := block[1], block[2]; language {
		case "caddyfile":
			site := strings.Replace(text, "api.example.com {", "api.example.com {\n\ttls internal", 1)
			write(t, configFile, "{\n\tskip_install_trust\n}\n"+site, 0o644)
		case "sh":
			follow(t, text, &printed)
		default:
			t.Fatalf("the section has a block in %s", language)
		}
	}
	if !regexp.MustCompile(`\{"access":"eyJ[\w-]+\.[\w-]+\.[\w-]+"\}`).MatchString(printed.String()) {
		t.Errorf("the refresh printed %q, want an access token", printed.String())
	}
}

// follow runs the commands of a block. What is meant for systemd the test does.
func follow(t *testing.T, commands string, printed *strings.Builder) {
	t.Helper()
	before, after, found := strings.Cut(commands, "systemctl ")
	if before != "" {
		cmd := exec.Command("sh", "-eu", "-c", before)
		cmd.Dir, cmd.Stdout, cmd.Stderr = filepath.Join("..", "dist"), printed, os.Stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, before)
		}
	}
	if !found {
		return
	}
	switch what := strings.TrimSpace(after); what {
	case "enable --now caddyrefresh":
		readService(t).start(t).get(t, "https://api.example.com/") // its certificate is made
	case "reload caddyrefresh":
		readService(t).reload(t)
	default:
		t.Fatalf("the test does not know systemctl %s", what)
	}
}
