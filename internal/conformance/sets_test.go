// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// mostPatches is more than any series of a library has.
const mostPatches = 40

// TestNeighbours guards that each change between two releases of a library is
// compared with a real Django on both sides of it. The changes are found by asking
// for the facts of each release that the tables of internal/release take.
func TestNeighbours(t *testing.T) {
	type library struct {
		name     string
		of       func(v *release.Versions) *string
		facts    func(r *release.Release) any
		versions func(r *release.Release) release.Version
	}
	options := cmp.Options{
		cmpopts.IgnoreTypes(release.Version{}), // the release itself, and what metadata says
		cmpopts.IgnoreUnexported(release.SimpleJWT{}, release.PyJWT{}, release.DRF{}, release.Django{}),
	}
	changes := 0
	for _, l := range []library{
		{
			"SimpleJWT", func(v *release.Versions) *string { return &v.SimpleJWT },
			func(r *release.Release) any { return r.SimpleJWT }, func(r *release.Release) release.Version { return r.Version },
		},
		{
			"PyJWT", func(v *release.Versions) *string { return &v.PyJWT },
			func(r *release.Release) any { return r.PyJWT }, func(r *release.Release) release.Version { return r.PyJWT.Version },
		},
		{
			"DRF", func(v *release.Versions) *string { return &v.DRF },
			func(r *release.Release) any { return r.DRF }, func(r *release.Release) release.Version { return r.DRF.Version },
		},
		{
			"Django", func(v *release.Versions) *string { return &v.Django },
			func(r *release.Release) any { return r.Django }, func(r *release.Release) release.Version { return r.Django.Version },
		},
	} {
		var have []string
		for _, s := range Sets() {
			have = append(have, *l.of(&s.Installed))
		}
		var before *release.Release
		for r := range each(l.of) {
			if before != nil {
				if diff := cmp.Diff(l.facts(before), l.facts(r), options); diff != "" {
					changes++
					for _, side := range []*release.Release{before, r} {
						if v := l.versions(side).String(); !slices.Contains(have, v) {
							t.Errorf("no set has %s %s, a neighbour of a change:\n%s", l.name, v, diff)
						}
					}
				}
			}
			before = r
		}
		if newest := l.versions(release.Newest()).String(); !slices.Contains(have, newest) {
			t.Errorf("no set has the newest %s, %s", l.name, newest)
		}
	}
	if changes < 15 {
		t.Errorf("%d changes are looked at, want 15 at least", changes)
	}
}

// each yields all releases that a table of internal/release takes, oldest first. The
// setting that of names is varied.
func each(of func(v *release.Versions) *string) func(yield func(*release.Release) bool) {
	return func(yield func(*release.Release) bool) {
		for major := 2; major <= 6; major++ {
			for minor := range mostPatches {
				for patch := range mostPatches {
					var v release.Versions
					*of(&v) = fmt.Sprintf("%d.%d.%d", major, minor, patch)
					r, remarks, err := release.Find(v)
					if err == nil && remarks.Newer == nil && !yield(r) {
						return
					}
				}
			}
		}
	}
}

// TestSets: no set is there twice, pip installs each, and there is a set of its time
// for each series of SimpleJWT.
func TestSets(t *testing.T) {
	versions := map[release.Versions]string{}
	for _, s := range Sets() {
		_, remarks, err := release.Find(s.Installed)
		if err != nil || remarks.Newer != nil {
			t.Errorf("%s: %v %v", s.Name, err, remarks.Newer)
		}
		if remarks.Apart != nil {
			t.Errorf("%s: pip does not install these together: %s", s.Name, remarks.Apart)
		}
		if other := versions[s.Installed]; other != "" {
			t.Errorf("%s and %s are the same versions", s.Name, other)
		}
		versions[s.Installed] = s.Name
	}
	var series []string
	for _, s := range Contemporary() {
		series = append(series, s.Name)
		if newest := release.MustNamed(s.Name).Version.String(); s.Installed.SimpleJWT != newest {
			t.Errorf("%s has SimpleJWT %s, and the series stands for %s", s.Name, s.Installed.SimpleJWT, newest)
		}
	}
	if diff := cmp.Diff(release.Names(), series); diff != "" {
		t.Errorf("the sets of their time (-series of SimpleJWT +sets)\n%s", diff)
	}
}

// TestFilesOfSets: each set that is recorded has its recordings, made with its versions, and no
// recording is of a set that is not there.
func TestFilesOfSets(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "django")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string][]string{}
	of := regexp.MustCompile(`^(\d.*?)(-keys|-stories|-sliding|-dj-rest-auth)?\.json$`)
	for _, entry := range entries {
		m := of.FindStringSubmatch(entry.Name())
		if m == nil {
			t.Errorf("%s is no recording of a set", entry.Name())
			continue
		}
		kinds[m[2]] = append(kinds[m[2]], m[1])
	}
	var all, contemporary []string
	for _, s := range RecordedSets() {
		all = append(all, s.Name)
		if s.IsContemporary() {
			contemporary = append(contemporary, s.Name)
		}
	}
	for kind, want := range map[string][]string{"": all, "-keys": contemporary, "-stories": contemporary, "-dj-rest-auth": {Newest().Name}} {
		slices.Sort(want)
		slices.Sort(kinds[kind])
		if diff := cmp.Diff(want, kinds[kind]); diff != "" {
			t.Errorf("recordings%s (-sets +files)\n%s", kind, diff)
			continue
		}
		for _, name := range want {
			recording, err := readRecording(filepath.Join(dir, name+kind+".json"))
			if err != nil {
				t.Fatal(err)
			}
			s := MustSet(name)
			if recording.Release != name || recording.Base != s.Base {
				t.Errorf("the recording %s%s is of %q on %q", name, kind, recording.Release, recording.Base)
			}
			if diff := cmp.Diff(s.Packages(), recording.Versions); diff != "" {
				t.Errorf("the recording %s%s (-set +recording)\n%s", name, kind, diff)
			}
		}
	}
}

// TestPagesTellOfSets: docs/parity.md shows which versions are compared. Those of the
// newest libraries and those that are assumed are not in its table, so that another release is none of its rows.
func TestPagesTellOfSets(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "parity.md"))
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	for _, s := range Sets() {
		if strings.HasSuffix(s.Name, "-newest") || s.Assumes {
			continue
		}
		v, name := s.Installed, s.Name
		if strings.Contains(name, "_") {
			name = "" // the versions say it
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", name, v.SimpleJWT, v.PyJWT, v.DRF, v.Django)
	}
	if !strings.Contains(string(page), "|---|---|---|---|---|\n"+rows.String()+"\n") {
		t.Errorf("docs/parity.md does not say\n%s", rows.String())
	}
}
