// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"crypto/tls"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// edge is where the edge in front of a server listens.
type edge struct {
	plain  string // HTTP/1.1
	secure string // HTTP/2 and 3
}

// startEdge runs the edge before the server at backend. It lets headers with
// underscores through, as somebody may have told it to.
func startEdge(t *testing.T, binary, dir, backend string) edge {
	t.Helper()
	e := edge{plain: freeAddr(t), secure: freeAddr(t)}
	_, plain, _ := strings.Cut(e.plain, ":")
	_, secure, _ := strings.Cut(e.secure, ":")
	config := fmt.Sprintf(`{
	admin off
	auto_https disable_redirects
	skip_install_trust
	persist_config off
	servers {
		expected_underscore_headers SCRIPT_NAME PATH_INFO
	}
}
(site) {
	token_refresh {
		signing_key {env.HUNT_KEY}
		verify_path /api/token/verify
		blacklist_path /api/token/blacklist
	}
	reverse_proxy %s
}
http://:%s {
	bind 127.0.0.1
	import site
}
https://localhost:%s {
	bind 127.0.0.1
	tls internal
	import site
}
`, backend, plain, secure)
	path := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "run", "--config", path, "--adapter", "caddyfile")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "XDG_DATA_HOME="+dir, "HUNT_KEY="+strings.Repeat("k", 64))
	run(t, cmd, e.plain)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		conn, err := tls.Dial("tcp", e.secure, tlsConfig())
		if err == nil {
			conn.Close()
			return e
		}
		if time.Now().After(end) {
			t.Fatal(err)
		}
	}
}

// tlsConfig trusts whoever answers: the certificate is this run's own.
func tlsConfig(protocols ...string) *tls.Config {
	return &tls.Config{InsecureSkipVerify: true, ServerName: "localhost", NextProtos: protocols}
}
