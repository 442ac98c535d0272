// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Environment returns the Python with the packages of requirements-<name>.txt,
// where the name is that of a release or "hunt". The first call makes a virtual
// environment beside this file, which takes the network and some seconds; it is
// made anew when the requirements change.
func Environment(ctx context.Context, name string) (python string, err error) {
	requirements := filepath.Join(Dir(), "requirements-"+name+".txt")
	text, err := os.ReadFile(requirements)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	want := hex.EncodeToString(sum[:])
	venv := filepath.Join(Dir(), ".venv-"+name)
	python = filepath.Join(venv, "bin", "python")
	stamp := filepath.Join(venv, "requirements.sha256")
	if have, err := os.ReadFile(stamp); err == nil && string(have) == want {
		return python, nil
	}
	if err := os.RemoveAll(venv); err != nil {
		return "", err
	}
	if err := run(ctx, "python3", "-m", "venv", venv); err != nil {
		return "", err
	}
	if err := run(ctx, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements); err != nil {
		return "", err
	}
	return python, os.WriteFile(stamp, []byte(want), 0o644)
}

// run runs a command to its end; its output goes into the error.
func run(ctx context.Context, name string, args ...string) error {
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, out)
	}
	return nil
}
