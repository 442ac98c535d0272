// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package check

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	_ "github.com/caddyserver/caddy/v2/modules/standard" // what a user's Caddy has
	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	_ "github.com/caddyrefresh/caddyrefresh"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
	_ "github.com/caddyrefresh/caddyrefresh/store/redisstore"
)

const edgePassword = "hunter2-of-the-edge"

// check runs the command on a site with these settings and returns its lines
// without the label of the site. What differs by machine is replaced.
func check(t *testing.T, settings, token string) (lines []string, failed bool) {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	t.Setenv("CHECK_KEY", djangotest.SecretKey)
	file := filepath.Join(dir, "Caddyfile")
	site := "{\n\tadmin off\n\tpersist_config off\n}\nhttp://127.0.0.1:8099 {\n\ttoken_refresh {\n" + settings + "\n\t}\n}\n"
	if err := os.WriteFile(file, []byte(site), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"check", "--config", file}
	if token != "" {
		args = append(args, "--token", "@-")
	}
	cmd := &cobra.Command{Use: "token-refresh", SilenceUsage: true, SilenceErrors: true}
	caddycmd.Commands()["token-refresh"].CobraFunc(cmd)
	var out strings.Builder
	cmd.SetArgs(args)
	cmd.SetIn(strings.NewReader(token))
	cmd.SetOut(&out)
	err := cmd.Execute()
	if err != nil && !strings.HasSuffix(err.Error(), "wrong") {
		t.Fatalf("the configuration does not load: %v", err)
	}
	for _, secret := range []string{djangotest.SecretKey, djangotest.AdminPassword, edgePassword, token} {
		if secret != "" && strings.Contains(out.String(), secret) {
			t.Errorf("it prints a secret:\n%s", out.String())
		}
	}
	text := strings.ReplaceAll(out.String(), "/api/token/refresh: ", "")
	for _, r := range replaced {
		text = r.pattern.ReplaceAllString(text, r.by)
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), err != nil
}

// replaced is what differs by machine.
var replaced = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`127\.0\.0\.1:\d+`), "HOST"},
	{regexp.MustCompile(`django\d+`), "DATABASE"},
	{regexp.MustCompile(`needs \((PostgreSQL|SQLite|Redis) [^\n]*\)`), "needs ($1)"},
	{regexp.MustCompile(`needs \([0-9.]+-MariaDB[^\n]*\)`), "needs (MariaDB)"},
	{regexp.MustCompile(`(its clock is) (59s|1m0s|1m1s)`), "$1 1m0s"},
}

// wants compares the lines, and holds the exit code to them.
func wants(t *testing.T, settings, token string, want ...string) {
	t.Helper()
	got, failed := check(t, settings, token)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if wrong := strings.Contains("\n"+strings.Join(got, "\n"), "\nwrong: "); wrong != failed {
		t.Errorf("it fails: %v, want %v", failed, wrong)
	}
}
