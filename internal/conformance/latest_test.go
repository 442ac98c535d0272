// SPDX-License-Identifier: Apache-2.0

//go:build conformance && latest

package conformance

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// TestLatest compares the edge with what pip installs today, for each Python of this
// machine. It is red when a release that came out since changes an answer, so it has
// a build tag of its own: what it finds is for the next change to the edge, and not an
// error of the one that is being tested.
func TestLatest(t *testing.T) {
	seed := uint64(setting(t, "CONFORMANCE_SEED", time.Now().UnixNano()))
	t.Logf("CONFORMANCE_SEED=%d", seed)
	var compared []release.Versions
	for _, rel := range []*release.Release{Newest().Release, release.Newest()} {
		python, err := pythonWithPackages(t.Context(), rel)
		if err != nil {
			t.Fatal(err)
		}
		installed, err := resolve(t.Context(), python, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(compared, installed) {
			continue // one Python serves both
		}
		compared = append(compared, installed)
		t.Run("Python "+python.version, func(t *testing.T) {
			t.Logf("pip installs %s", installed)
			known, remarks, err := release.Find(installed)
			if err != nil {
				t.Fatal(err)
			}
			for _, newer := range remarks.Newer {
				t.Log(newer)
			}
			set := &Set{Name: "latest-python" + python.version, Base: Newest().Name, Installed: installed, Release: known}
			compare(t, set, variantProfiles(), seed, int(setting(t, "CONFORMANCE_REQUESTS", requestsOfVariants)))
			if t.Failed() {
				t.Errorf("the edge does not answer as %s do", installed)
			}
		})
	}
}

// resolve returns the versions that pip would install for someone who asks for
// SimpleJWT alone.
func resolve(ctx context.Context, python interpreter, dir string) (release.Versions, error) {
	path := filepath.Join(dir, "report.json")
	if err := pip(ctx, python, "install", "--dry-run", "--ignore-installed", "--report", path, "djangorestframework-simplejwt"); err != nil {
		return release.Versions{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return release.Versions{}, err
	}
	var report struct {
		Install []struct {
			Metadata struct{ Name, Version string }
		}
	}
	if err := json.Unmarshal(text, &report); err != nil {
		return release.Versions{}, err
	}
	versions := map[string]string{}
	for _, p := range report.Install {
		name := strings.ToLower(strings.ReplaceAll(p.Metadata.Name, "_", "-"))
		versions[name] = p.Metadata.Version
		if strings.Count(p.Metadata.Version, ".") == 1 {
			versions[name] += ".0" // a series stands for its newest release
		}
	}
	return release.Versions{
		SimpleJWT: versions["djangorestframework-simplejwt"],
		PyJWT:     versions["pyjwt"],
		DRF:       versions["djangorestframework"],
		Django:    versions["django"],
	}, nil
}
