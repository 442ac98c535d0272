// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestImportCommand: the site goes to standard output, the report to standard error,
// and where there is no site there is an error, which is exit code 1.
func TestImportCommand(t *testing.T) {
	const facts = "internal/importing/testdata/"
	config := func(name, text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	two := config("Caddyfile", "a.example {\n\ttoken_refresh {\n\t\tname api\n\t\tsigning_key {env.X}\n\t\tsimplejwt_version 5.5\n\t\tpyjwt_version 2.10\n\t\tdrf_version 3.16\n\t\tdjango_version 5.2\n\t}\n}\n"+
		"b.example {\n\ttoken_refresh {\n\t\tname other\n\t\tsigning_key {env.X}\n\t}\n}\n")
	json := config("caddy.json", `{"apps":{"http":{"servers":{"s":{"routes":[{"handle":[{"handler":"token_refresh","issuer":"x","simplejwt_version":"5.5.1","pyjwt_version":"2.10.1","drf_version":"3.16.1","django_version":"5.2.19"}]}]}}}}}`)
	for name, tt := range map[string]struct {
		args                []string
		stdin               string
		stdout, stderr, err string
	}{
		"script":          {args: []string{"--script"}, stdout: importing.Script},
		"usable":          {args: []string{facts + "default-block.facts"}, stdout: "\treverse_proxy 127.0.0.1:8000 # Django\n", stderr: "carries over:\n"},
		"flags":           {args: []string{"--name", "api", "--address", ":8080", "--backend", "django:9000", facts + "default-block.facts"}, stdout: "\treverse_proxy django:9000 # Django\n"},
		"must stay":       {args: []string{facts + "overridden-view.facts"}, stderr: "must stay with Django:\n", err: "the refresh endpoint has to stay with Django, for 1 of the reasons above"},
		"no facts":        {err: "the facts are missing"},
		"no file":         {args: []string{"/nowhere/facts"}, err: "the facts: open /nowhere/facts"},
		"stdin":           {args: []string{"-"}, stdin: "noise", err: "the input has no line of facts"},
		"check fits":      {args: []string{"--check", two, "--name", "api", facts + "default-block.facts"}},
		"check differs":   {args: []string{"--check", json, facts + "default-block.facts"}, stdout: `issuer is "x" at the edge, and the default in the project: delete the line`, err: "does not fit the project: see the lines above"},
		"check several":   {args: []string{"--check", two, facts + "default-block.facts"}, err: "2 token_refresh handlers"},
		"check unnamed":   {args: []string{"--check", two, "--name", "none", facts + "default-block.facts"}, err: "0 token_refresh handlers"},
		"check no config": {args: []string{"--check", "/nowhere/Caddyfile", facts + "default-block.facts"}, err: "--check: open /nowhere/Caddyfile"},
		"check broken":    {args: []string{"--check", config("Broken", "a {\n"), facts + "default-block.facts"}, err: "--check: "},
	} {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := tokenRefresh(tt.stdin, append([]string{"import"}, tt.args...)...)
			switch {
			case tt.err == "" && err != nil:
				t.Errorf("%v\n%s", err, stdout)
			case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("the error is %v, want %q", err, tt.err)
			}
			if !strings.Contains(stdout, tt.stdout) || tt.stdout == "" && stdout != "" {
				t.Errorf("it prints\n%s\nwant %q in it", stdout, tt.stdout)
			}
			if !strings.Contains(stderr, tt.stderr) {
				t.Errorf("it reports\n%s\nwant %q in it", stderr, tt.stderr)
			}
		})
	}
}
