// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// making is held while something is installed: parallel tests want the same.
var making sync.Mutex

// Environment returns the Python of a set. It is a virtual environment beside this
// file that holds nothing: its sys.path leads to requirements.txt, which is installed
// once for each Python, and to the set's four libraries, each installed once for
// each version. So a set costs a hundred milliseconds and a few kilobytes, where an
// environment of its own costs 15 seconds and 60 MB. The first call for a version
// takes the network.
func Environment(ctx context.Context, set *Set) (python string, err error) {
	making.Lock()
	defer making.Unlock()
	base, err := pythonWithPackages(ctx, set.Release)
	if err != nil {
		return "", err
	}
	folders := []string{base.packages()}
	for _, library := range set.Requirements() {
		folder, err := install(ctx, base, library)
		if err != nil {
			return "", err
		}
		folders = append(folders, folder)
	}
	venv := interpreter{filepath.Join(Dir(), ".venv-"+set.Name, "bin", "python"), base.version}
	leads := strings.Join(folders, "\n") + "\n"
	pth := filepath.Join(venv.packages(), "set.pth") // written last: what has it is whole
	if have, err := os.ReadFile(pth); err == nil && string(have) == leads {
		return venv.path, nil
	}
	if err := base.makeVenv(ctx, venv); err != nil {
		return "", err
	}
	return venv.path, os.WriteFile(pth, []byte(leads), 0o644)
}

// pythonWithPackages returns the virtual environment with requirements.txt of the
// Python that a release is run with.
func pythonWithPackages(ctx context.Context, rel *release.Release) (interpreter, error) {
	with, err := pythonFor(ctx, rel)
	if err != nil {
		return with, err
	}
	return virtual(ctx, with, filepath.Join(Dir(), ".venv-python"+with.version), "requirements.txt")
}

// HuntEnvironment returns the Python with the servers of the hunt.
func HuntEnvironment(ctx context.Context) (python string, err error) {
	making.Lock()
	defer making.Unlock()
	with, err := pythonFor(ctx, Newest().Release)
	if err != nil {
		return "", err
	}
	venv, err := virtual(ctx, with, filepath.Join(Dir(), ".venv-hunt"), "requirements-hunt.txt")
	return venv.path, err
}

// djRestAuthFolder returns the folder of a release of dj-rest-auth, for PYTHONPATH.
func djRestAuthFolder(ctx context.Context, set *Set, version string) (string, error) {
	making.Lock()
	defer making.Unlock()
	base, err := pythonWithPackages(ctx, set.Release)
	if err != nil {
		return "", err
	}
	return install(ctx, base, "dj-rest-auth=="+version)
}

// Extra returns the folder of a library that requirements-import.txt names, which may
// stand beside those of a set in PYTHONPATH.
func Extra(ctx context.Context, set *Set, library string) (folder string, err error) {
	making.Lock()
	defer making.Unlock()
	base, err := pythonWithPackages(ctx, set.Release)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(filepath.Join(Dir(), "requirements-import.txt"))
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if requirement := strings.TrimSpace(line); strings.HasPrefix(requirement, library+"==") {
			return install(ctx, base, requirement)
		}
	}
	return "", fmt.Errorf("requirements-import.txt has no %s", library)
}

// virtual returns the Python of a virtual environment in a folder, with the packages
// of a file installed. It is made anew when the file changes.
func virtual(ctx context.Context, with interpreter, folder, requirements string) (interpreter, error) {
	requirements = filepath.Join(Dir(), requirements)
	venv := interpreter{filepath.Join(folder, "bin", "python"), with.version}
	want, err := os.ReadFile(requirements)
	if err != nil {
		return venv, err
	}
	stamp := filepath.Join(venv.packages(), "requirements.txt") // written last
	if have, err := os.ReadFile(stamp); err == nil && string(have) == string(want) {
		return venv, nil
	}
	if err := with.makeVenv(ctx, venv); err != nil {
		return venv, err
	}
	if err := pip(ctx, venv, "install", "-r", requirements); err != nil {
		return venv, err
	}
	return venv, os.WriteFile(stamp, want, 0o644)
}

// install returns the folder that holds one release of a library alone.
func install(ctx context.Context, with interpreter, requirement string) (string, error) {
	folder := filepath.Join(Dir(), ".libraries", with.version, strings.Replace(requirement, "==", "-", 1))
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", err
	}
	half, err := os.MkdirTemp(filepath.Dir(folder), "half-") // another process may want the same
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(half)
	if err := pip(ctx, with, "install", "--no-deps", "--target", half, requirement); err != nil {
		return "", err
	}
	if err := os.Rename(half, folder); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return folder, nil
}

// pip runs pip for an interpreter, which needs none of its own.
func pip(ctx context.Context, with interpreter, command string, args ...string) error {
	venv := filepath.Join(Dir(), ".venv-pip")
	python := filepath.Join(venv, "bin", "python")
	if run(ctx, python, "-m", "pip", "--version") != nil {
		if err := run(ctx, "python3", "-m", "venv", "--clear", venv); err != nil {
			return err
		}
	}
	return run(ctx, python, append([]string{
		"-m", "pip", "--python", with.path, "--disable-pip-version-check", "--quiet", command,
	}, args...)...)
}

// run runs a command to its end; its output goes into the error.
func run(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
