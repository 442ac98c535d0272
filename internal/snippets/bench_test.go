// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	"github.com/caddyrefresh/caddyrefresh/internal/edgetest"
)

// key is the signing key of all sites here.
const key = "a-key-of-more-than-thirty-two-bytes-for-the-snippets"

// site is the running configuration: an edge with a store, and one that compares its
// answers with those of another edge, which is Django to it.
const site = `
http://127.0.0.1:{{port}} {
	token_refresh {
		signing_key {env.DJANGO_SECRET_KEY}
		store file {{dir}}/tokens.db
	}
}
http://127.0.0.1:{{portcompared}} {
	token_refresh {
		signing_key {env.DJANGO_SECRET_KEY}
		name compared
		rollout 0%
	}
	reverse_proxy 127.0.0.1:{{portdjango}}
}
http://127.0.0.1:{{portdjango}} {
	token_refresh {
		signing_key {env.DJANGO_SECRET_KEY}
		name django
	}
}
`

// bench is what snippets are run with: a running edge, secrets in files, and a PATH
// of stand-ins.
type bench struct {
	edge    *edgetest.Edge
	secrets string // a folder, in place of /run/secrets and that of the service
	path    string // a folder of stand-ins
	token   string // a refresh token
	site    string // what import makes of the facts in testdata
}

const facts = "internal/importing/testdata/plain-5.3.facts"

func newBench(t *testing.T) *bench {
	t.Helper()
	for name, value := range map[string]string{
		"DJANGO_SECRET_KEY": key, "OLD_DJANGO_SECRET_KEY": key, "REDIS_PASSWORD": "secret", "EDGE_SECRET": "secret",
		"DATABASE_URL":          "postgres://edge:secret@127.0.0.1:1/django",
		"STAGING_PASSWORD_HASH": "$2a$14$Zkx19XLiW6VYouLHR5NmfOFU0z2GTNmpkT/5qqR7hx4IjWJPDhjvG",
	} {
		t.Setenv(name, value)
	}
	on := &bench{secrets: t.TempDir(), path: t.TempDir()}
	write(t, on.secrets, "django", key)
	for _, name := range []string{"key.pem", "new.pem"} {
		write(t, on.secrets, name, certtest.PrivateKey(t))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for name := range standIns {
		if err := os.Symlink(self, filepath.Join(on.path, name)); err != nil {
			t.Fatal(err)
		}
	}
	on.edge = edgetest.Start(t, site)
	dir := t.TempDir()
	on.token = strings.TrimSpace(on.must(t, dir, "caddyrefresh token-refresh mint --signing-key "+key+" --claim user_id=1"))
	write(t, dir, "facts.txt", read(t, facts))
	on.site = on.must(t, dir, "caddyrefresh token-refresh import --name api facts.txt")
	on.must(t, dir, `curl -d '{"refresh":"`+on.token+`"}' -H 'Content-Type: application/json' http://127.0.0.1:`+on.edge.Value("portcompared")+"/api/token/refresh")
	for end := time.Now().Add(time.Minute); !strings.Contains(on.edge.Admin("GET", "/token_refresh/compared", ""), `"same":1`); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the edge has compared nothing: " + on.edge.Admin("GET", "/token_refresh/compared", ""))
		}
	}
	return on
}

// workshop returns a folder with the files that commands of the pages read.
func (on *bench) workshop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "Caddyfile", on.site)
	write(t, dir, "facts.txt", read(t, facts))
	write(t, dir, "token.txt", on.token)
	write(t, dir, "secret.txt", key)
	for _, program := range []string{".ci/run", "bin/bench"} {
		at := filepath.Join(dir, program)
		if err := os.Mkdir(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(on.path, strings.TrimPrefix(filepath.Base(at), "./")), at); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// must runs commands that may not fail.
func (on *bench) must(t *testing.T, dir, commands string) (stdout string) {
	t.Helper()
	stdout, stderr, err := on.sh(t, dir, "", commands)
	if err != nil {
		t.Fatalf("%v\n%s\n%s%s", err, commands, stdout, stderr)
	}
	return stdout
}

// sh runs commands as a reader's shell would, with nothing but stand-ins to call.
func (on *bench) sh(t *testing.T, dir, page, commands string) (stdout, stderr string, err error) {
	t.Helper()
	there, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), "/bin/sh", "-eu", "-c", commands)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = []string{
		"PATH=" + on.path, "HOME=" + dir, "XDG_DATA_HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "DJANGO_SECRET_KEY=" + key,
		"CADDY_ADMIN=127.0.0.1:" + on.edge.Value("portadmin"), "SNIPPETS_EDGE=127.0.0.1:" + on.edge.Value("port"),
		"SNIPPETS_ROOT=" + there, "SNIPPETS_PAGE=" + page,
		// With -race each program would sleep for a second before it ends.
		"GORACE=atexit_sleep_ms=0",
	}
	err = cmd.Run()
	return out.String(), errs.String(), err
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
