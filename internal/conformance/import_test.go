// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// The two commands of README.md.
const (
	askProject = `python manage.py shell -v 0 -c "$(caddyrefresh token-refresh import --script)" > facts.txt`
	writeSite  = `caddyrefresh token-refresh import facts.txt > token_refresh.caddyfile`
)

// TestImport makes each project, and moves its refresh endpoint to a running edge by
// the two commands of the README and a reload, without a line added by hand. The edge
// is compared with the project then. Where the edge cannot answer, the report says why.
func TestImport(t *testing.T) { //nolint:tparallel // nothing else runs beside the projects, which run beside each other
	readme, err := os.ReadFile(filepath.Join(Dir(), "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if block := "\n" + askProject + "\n" + writeSite + "\n"; !strings.Contains(string(readme), block) {
		t.Errorf("README.md does not have the two commands that are tried here:%s", block)
	}
	for _, p := range importedProjects() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			p.make(t)
			addr, err := freeport.Addr()
			if err != nil {
				t.Fatal(err)
			}
			backend, err := freeport.Addr()
			if err != nil {
				t.Fatal(err)
			}
			address := strings.Replace("http://"+addr, "127.0.0.1", "edge.example", 1)
			site, report, err := p.imported(t, "--address "+address+" --backend "+backend)
			for _, want := range p.says {
				if !strings.Contains(site+report, want) {
					t.Errorf("neither the site nor the report has %q", want)
				}
			}
			if len(p.stays) > 0 {
				p.wantsStay(t, site, report, err)
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, report)
			}
			p.compare(t, address, addr, backend, site)
			if t.Failed() {
				t.Logf("%s\n%s", site, report)
			}
		})
	}
}

// TestImportScriptSyntax wants the script to have the syntax of Python 3.8, the oldest
// that a project may run it with.
func TestImportScriptSyntax(t *testing.T) {
	python, err := Environment(t.Context(), Newest())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", "import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 8))")
	cmd.Stdin = strings.NewReader(importing.Script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("facts.py is no Python 3.8: %v\n%s", err, out)
	}
}

// wantsStay wants the import to fail, with each reason and without a site.
func (p *importedProject) wantsStay(t *testing.T, site, report string, err error) {
	t.Helper()
	if exit, _ := errors.AsType[*exec.ExitError](err); exit == nil || exit.ExitCode() != 1 || site != "" {
		t.Errorf("the import ends with %v and the site\n%s\nwant exit code 1 and no site", err, site)
	}
	stays, _, _ := strings.Cut(report, "carries over:")
	for _, want := range p.stays {
		if !strings.Contains(stays, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
}

// imported runs the two commands, the second with more flags. Nothing of the database
// is made: the script connects to nothing.
func (p *importedProject) imported(t *testing.T, flags string) (site, report string, err error) {
	t.Helper()
	if said, err := p.shell(t, askProject); err != nil {
		t.Fatalf("%s: %v\n%s", askProject, err, said)
	}
	p.facts = p.read(t, "facts.txt")
	if os.Getenv("IMPORT_RECORD") != "" {
		p.record(t)
	}
	report, err = p.shell(t, strings.Replace(writeSite, "import ", "import "+flags+" ", 1))
	site = p.read(t, "token_refresh.caddyfile")
	for name, text := range map[string]string{"the facts": p.facts, "the site": site, "the report": report} {
		if strings.Contains(text, hush) || strings.Contains(text, "-----BEGIN") {
			t.Errorf("%s hold a secret:\n%s", name, text)
		}
	}
	return site, report, err
}

// shell runs a command in the project's folder, where python is the project's, and
// returns what it writes to stderr.
func (p *importedProject) shell(t *testing.T, command string) (stderr string, err error) {
	t.Helper()
	path := strings.Join([]string{filepath.Dir(p.interpreter(t)), filepath.Dir(edgeBinary(t)), os.Getenv("PATH")}, ":")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Dir, cmd.Env = p.dir, append(p.environ(0), "PATH="+path)
	var errs strings.Builder
	cmd.Stderr = &errs
	err = cmd.Run()
	return errs.String(), err
}

// record writes the line of facts to the recordings of internal/importing, with a
// folder and a port that are always the same.
func (p *importedProject) record(t *testing.T) {
	t.Helper()
	_, line, found := strings.Cut(p.facts, "caddyrefresh-facts-begin ")
	if !found {
		t.Fatalf("the script printed no facts:\n%s", p.facts)
	}
	line = "caddyrefresh-facts-begin " + strings.ReplaceAll(line, p.dir, "/srv/app")
	line = regexp.MustCompile(`"port": "\d+"`).ReplaceAllString(line, `"port": "5432"`)
	if err := os.WriteFile(filepath.Join(Dir(), "..", "importing", "testdata", p.name+".facts"), []byte(line), 0o644); err != nil {
		t.Fatal(err)
	}
}
