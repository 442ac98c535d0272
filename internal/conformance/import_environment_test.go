// SPDX-License-Identifier: Apache-2.0

//go:build conformance && switching

package conformance

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
)

// importExtras returns the folder with the packages of requirements-import.txt, which
// stand beside every set, behind the one with a release of dj-rest-auth. It is made anew
// when the file changes.
func importExtras(ctx context.Context, set *Set, djRestAuth string) (string, error) {
	making.Lock()
	defer making.Unlock()
	requirements := filepath.Join(Dir(), "requirements-import.txt")
	text, err := os.ReadFile(requirements)
	if err != nil {
		return "", err
	}
	with, err := pythonFor(ctx, set.Release)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	folder := filepath.Join(Dir(), ".libraries", with.version, "import-"+hex.EncodeToString(sum[:4]))
	base := interpreter{filepath.Join(Dir(), ".venv-python"+with.version, "bin", "python"), with.version}
	lead := ""
	if djRestAuth != "" {
		if lead, err = install(ctx, base, "dj-rest-auth=="+djRestAuth); err != nil {
			return "", err
		}
		lead += ":"
	}
	if _, err := os.Stat(folder); err == nil {
		return lead + folder, nil
	}
	half := folder + ".half"
	if err := os.RemoveAll(half); err != nil {
		return "", err
	}
	if err := pip(ctx, base, "install", "--no-deps", "--target", half, "-r", requirements); err != nil {
		return "", err
	}
	return lead + folder, os.Rename(half, folder)
}
