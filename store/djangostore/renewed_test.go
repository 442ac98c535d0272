// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
)

// TestRenewed: a reload makes new connections if a file that the URL names, or that
// the URL itself comes from, has new contents, and shares them if it has not. The
// records are the same in each case.
func TestRenewed(t *testing.T) {
	cleanEnvironment(t)
	dir := t.TempDir()
	t.Setenv("HOME", dir)
	a, err := certtest.New(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := a.Client("client", "edge")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	renew := func() {
		t.Helper()
		if _, err := a.Client("client", "edge"); err != nil {
			t.Fatal(err)
		}
	}
	reissue := func() {
		t.Helper()
		if _, err := certtest.New(dir, "ca"); err != nil {
			t.Fatal(err)
		}
	}
	password := func(text string) func() { return func() { write("password", text) } }
	pass := func(text string) func() { return func() { write("pass", "*:*:*:*:"+text+"\n") } }
	password("old")()
	pass("old")()
	load := func(dsn string) (digest, identity string) {
		t.Helper()
		s := &Store{logger: zap.NewNop(), DSN: dsn}
		l, err := s.resolve()
		if err != nil {
			t.Fatal(err)
		}
		return l.digest(), l.engine.identity()
	}
	for _, tc := range []struct {
		what, dsn string
		change    func()
	}{
		{"postgres: password", "postgres://edge:{file." + filepath.Join(dir, "password") + "}@h/d", password("new")},
		{"mysql: password", "mysql://edge:{file." + filepath.Join(dir, "password") + "}@h/d", password("newer")},
		{"postgres: passfile", "postgres://edge@h/d?passfile=" + filepath.Join(dir, "pass"), pass("new")},
		{"postgres: certificate", "postgres://h/d?sslmode=verify-full&sslcert=" + pair.Cert + "&sslkey=" + pair.Key, renew},
		{"postgres: authority", "postgres://h/d?sslmode=verify-full&sslrootcert=" + a.File, reissue},
		{"mysql: certificate", "mysql://h/d?ssl-cert=" + pair.Cert + "&ssl-key=" + pair.Key, renew},
		{"mysql: authority", "mysql://h/d?ssl-ca=" + a.File, reissue},
	} {
		digest, identity := load(tc.dsn)
		if again, _ := load(tc.dsn); again != digest {
			t.Errorf("%s: two loads of the same files part the connections", tc.what)
		}
		tc.change()
		if after, same := load(tc.dsn); after == digest || same != identity {
			t.Errorf("%s: the same connections %v, the same records %v; want new connections to the same records", tc.what, after == digest, same == identity)
		}
	}
}
