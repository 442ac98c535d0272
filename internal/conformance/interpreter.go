// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// interpreter is a Python, of the machine or of a virtual environment.
type interpreter struct {
	path    string
	version string // "3.11"
}

// packages returns the folder that pip installs into, of a virtual environment.
func (p interpreter) packages() string {
	return filepath.Join(filepath.Dir(filepath.Dir(p.path)), "lib", "python"+p.version, "site-packages")
}

// makeVenv makes an empty virtual environment. It has no pip, which would take some
// seconds.
func (p interpreter) makeVenv(ctx context.Context, venv interpreter) error {
	return run(ctx, p.path, "-m", "venv", "--clear", "--without-pip", filepath.Dir(filepath.Dir(venv.path)))
}

// unpacked is where tools/python unpacks a Python.
func unpacked() string { return filepath.Join(Dir(), "..", "..", "bin", "python", "bin", "python3") }

// pythons returns the machine's: python3 first, and then others, the newest first.
var pythons = sync.OnceValue(func() []interpreter {
	paths := []string{"python3", "python3.14", "python3.13", "python3.12"}
	if home, err := os.UserHomeDir(); err == nil {
		pyenv, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "3.1[2-9].*", "bin", "python3"))
		slices.Reverse(pyenv)
		paths = append(paths, pyenv...)
	}
	var all []interpreter
	for _, path := range append(paths, unpacked()) {
		if p, err := interpreterAt(path); err == nil {
			all = append(all, p)
		}
	}
	return all
})

// interpreterAt looks whether a path is that of a Python that works.
func interpreterAt(path string) (interpreter, error) {
	out, err := exec.Command(path, "-c", `import sys, sqlite3, venv; print("%d.%d" % sys.version_info[:2])`).Output()
	return interpreter{path, strings.TrimSpace(string(out))}, err
}

// takes reports whether a release of Django takes the Python.
func (p interpreter) takes(rel *release.Release) bool {
	v, err := release.ParseVersion(p.version)
	return err == nil && v.Compare(rel.Django.OldestPython) >= 0
}

// pythonFor returns the Python of a release: the first of the machine's that its
// Django takes. Where none is new enough, one is unpacked below bin.
func pythonFor(ctx context.Context, rel *release.Release) (interpreter, error) {
	for _, p := range pythons() {
		if p.takes(rel) {
			return p, nil
		}
	}
	folder := filepath.Dir(filepath.Dir(unpacked()))
	tool := filepath.Join(Dir(), "..", "..", "tools", "python")
	if err := run(ctx, "go", "-C", tool, "run", ".", folder); err != nil {
		return interpreter{}, err
	}
	p, err := interpreterAt(unpacked())
	if err == nil && !p.takes(rel) {
		err = fmt.Errorf("Django %s takes no Python before %s, and tools/python has %s: update tools/python",
			rel.Django.Version, rel.Django.OldestPython, p.version)
	}
	return p, err
}
