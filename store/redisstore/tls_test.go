// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
)

// TestRenewed: a reload makes new connections if a file of certificates or of the
// password has new contents, and shares them if it has not. The records are the same
// in each case.
func TestRenewed(t *testing.T) {
	dir := t.TempDir()
	a, err := certtest.New(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	renew := func() *certtest.Pair {
		t.Helper()
		p, err := a.Client("client", "edge")
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	pair, secret := renew(), filepath.Join(dir, "password")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(secret, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("old")
	load := func() *link {
		t.Helper()
		s := &Store{
			logger: zap.NewNop(), Addresses: []string{"rediss://h"}, Password: "{file." + secret + "}",
			TLSCA: a.File, TLSCert: pair.Cert, TLSKey: pair.Key, TLSServerName: "redis.internal",
		}
		l, err := s.resolve()
		if err != nil {
			t.Fatal(err)
		}
		if l.config.ServerName != "redis.internal" || l.config.InsecureSkipVerify {
			t.Errorf("the config expects %q, unverified %v", l.config.ServerName, l.config.InsecureSkipVerify)
		}
		return l
	}
	first := load()
	if load().digest() != first.digest() {
		t.Error("two loads of the same files part the connections")
	}
	for what, change := range map[string]func(){"certificate": func() { renew() }, "password": func() { write("new") }} {
		before := load()
		change()
		if after := load(); after.digest() == before.digest() || after.identity("p") != before.identity("p") {
			t.Errorf("a new %s: the same connections %v, the same records %v; want new connections to the same records",
				what, after.digest() == before.digest(), after.identity("p") == before.identity("p"))
		}
	}
}
