// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
)

// Secure starts the server again with TLS. The admin logs in as before. On PostgreSQL
// the user certified needs a certificate with that name beside the password; on MariaDB the
// user says so (REQUIRE X509).
func (s *Server) Secure(t testing.TB, authority string, pair *certtest.Pair) {
	t.Helper()
	ca, cert, key := s.own(t, authority, "ca.pem"), s.own(t, pair.Cert, "cert.pem"), s.own(t, pair.Key, "key.pem")
	s.Stop(false)
	if s.Kind == "mysql" {
		s.Run(t, "--ssl-ca="+ca, "--ssl-cert="+cert, "--ssl-key="+key)
		return
	}
	rules := filepath.Join(s.dir, "hba")
	text := "hostssl all certified 127.0.0.1/32 scram-sha-256 clientcert=verify-full\nhost all certified 127.0.0.1/32 reject\n" +
		"local all all scram-sha-256\nhost all all 127.0.0.1/32 scram-sha-256\n" //nolint:dupword // columns of pg_hba.conf
	if err := os.WriteFile(rules, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s.Run(t, "-c", "hba_file="+rules, "-c", "ssl=on", "-c", "ssl_ca_file="+ca, "-c", "ssl_cert_file="+cert, "-c", "ssl_key_file="+key)
}

// own copies a file to where the server's account may read it, and nobody else.
func (s *Server) own(t testing.TB, file, name string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(s.dir, name)
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
	if s.as != nil {
		if err := os.Chown(to, int(s.as.uid), int(s.as.gid)); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// Socket is what a URL names to reach the server without the network: the directory of
// PostgreSQL's socket, or MariaDB's socket itself.
func (s *Server) Socket() string {
	if s.Kind == "mysql" {
		return filepath.Join(s.dir, "sock")
	}
	return s.dir
}
