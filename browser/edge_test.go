// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// rotating is how most edges here are set: each refresh token works once.
const rotating = `
	rotate_refresh_tokens
	blacklist_after_rotation
	reuse_grace 10s
	reuse_detection
`

// startEdge runs an edge until the test ends, with lines in its token_refresh. It serves
// the SPA, set to that wire, and passes the rest to Django.
func startEdge(t *testing.T, wire, lines string) {
	t.Helper()
	dir := t.TempDir()
	root, logFile := filepath.Join(dir, "site"), filepath.Join(dir, "access.log")
	if err := copyPages(root, "", wire); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`{
	admin off
	auto_https off
	persist_config off
	grace_period 1s
	servers {
		protocols h1 h2
	}
}
%s, %s {
	bind 127.0.0.1
	log {
		output file %s
	}
	tls %s %s
	token_refresh {
		signing_key %s
%s
	}
	handle /api/* {
		reverse_proxy %s
	}
	handle {
		root %s
		file_server
	}
}
`, at(api), at(front), logFile, shared.certificate.file, shared.certificate.keyFile, signingKey, lines, shared.witness.addr(), root)
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(shared.binary, "run", "--config", file, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir)
	server, err := conformance.Start(cmd, fmt.Sprintf("127.0.0.1:%d", shared.ports.edge))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Errorf("stopping the edge: %v", err)
		}
		log := server.Log()
		if found := findJWT(log); found != "" || strings.Contains(log, "panic") {
			t.Errorf("the edge logs a token, or a panic: %s\n%s", found, log)
		}
		access, err := os.ReadFile(logFile)
		if found := findJWT(string(access)); err != nil || found != "" {
			t.Errorf("the access log: %v; a token in it: %s", err, found)
		}
		if t.Failed() {
			t.Logf("the edge: %s%s", log, access)
		}
	})
}

// at returns an origin as the edge listens on it.
func at(origin string) string { return fmt.Sprintf("%s:%d", origin, shared.ports.edge) }

// copyPages copies the examples and the service worker to a folder. The SPA is set to an
// edge on another origin, if that is not empty, and to a wire.
func copyPages(to, origin, wire string) error {
	if err := os.CopyFS(to, os.DirFS("../examples")); err != nil {
		return err
	}
	worker, err := fs.ReadFile(os.DirFS("testdata"), "worker.js")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(to, "worker.js"), worker, 0o600); err != nil {
		return err
	}
	index := filepath.Join(to, "spa", "index.html")
	html, err := os.ReadFile(index)
	if err != nil {
		return err
	}
	const asItIs = `data-api="" data-wire="refreshCookie"`
	if !strings.Contains(string(html), asItIs) {
		return fmt.Errorf("%s lacks %s", index, asItIs)
	}
	set := strings.Replace(string(html), asItIs, fmt.Sprintf(`data-api=%q data-wire=%q`, origin, wire), 1)
	return os.WriteFile(index, []byte(set), 0o600)
}

var jwt = regexp.MustCompile(`eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+`)

// findJWT returns the first token in a text.
func findJWT(text string) string { return jwt.FindString(text) }
