// SPDX-License-Identifier: Apache-2.0

package release

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// read returns a file of the repository.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestFilesOfEachRelease: each release has what the tests install and replay, and
// no file is of a release that the table does not have. The recorder and the live
// tests go through the table themselves.
func TestFilesOfEachRelease(t *testing.T) {
	for _, files := range []struct{ dir, name string }{
		{"internal/conformance", `^requirements-(\d.*)\.txt$`},
		{"internal/simplejwt/testdata", `^golden-(\d.*)\.json$`},
		{"testdata/django", `^(\d[^-]*)\.json$`},
		{"testdata/django", `^(\d.*)-keys\.json$`},
		{"testdata/django", `^(\d.*)-stories\.json$`},
	} {
		entries, err := os.ReadDir(filepath.Join("..", "..", files.dir))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, entry := range entries {
			if m := regexp.MustCompile(files.name).FindStringSubmatch(entry.Name()); m != nil {
				got = append(got, m[1])
			}
		}
		slices.SortFunc(got, func(a, b string) int { return mustParse(a).Compare(mustParse(b)) })
		if diff := cmp.Diff(Names(), got); diff != "" {
			t.Errorf("%s, files %s (-table +files)\n%s", files.dir, files.name, diff)
		}
	}
}

// installed are the versions of the libraries that change answers, by their names
// on PyPI: those of requirements-<name>.txt.
func installed(t *testing.T, name string) map[string]string {
	t.Helper()
	versions := map[string]string{}
	for lines := bufio.NewScanner(strings.NewReader(read(t, "internal/conformance/requirements-"+name+".txt"))); lines.Scan(); {
		if library, version, ok := strings.Cut(lines.Text(), "=="); ok {
			versions[library] = version
		}
	}
	return thatChangeAnswers(versions)
}

// thatChangeAnswers returns four of the versions. PyPI takes a hyphen and an
// underscore for the same.
func thatChangeAnswers(versions map[string]string) map[string]string {
	four := map[string]string{}
	for library, version := range versions {
		switch library = strings.ReplaceAll(library, "_", "-"); library {
		case "djangorestframework-simplejwt", "PyJWT", "djangorestframework", "Django":
			four[library] = version
		}
	}
	return four
}

// TestVersionsOfEachRelease: the requirements of a series install its newest
// release, and the recordings were made with what the requirements install.
func TestVersionsOfEachRelease(t *testing.T) {
	for i, name := range Names() {
		want := installed(t, name)
		if got := want["djangorestframework-simplejwt"]; got != simpleJWTs.known[i].String() {
			t.Errorf("%s stands for %s in the table, and its requirements install %s", name, simpleJWTs.known[i], got)
		}
		for _, kind := range []string{"", "-keys", "-stories"} {
			var recording struct {
				Release  string
				Versions map[string]string
			}
			if err := json.Unmarshal([]byte(read(t, "testdata/django/"+name+kind+".json")), &recording); err != nil {
				t.Fatal(err)
			}
			if recording.Release != name {
				t.Errorf("the recording %s%s is of %s", name, kind, recording.Release)
			}
			if diff := cmp.Diff(want, thatChangeAnswers(recording.Versions)); diff != "" {
				t.Errorf("the recording %s%s (-requirements +recording)\n%s", name, kind, diff)
			}
		}
	}
}

// TestListsNameEachRelease: whoever reads which releases there are reads of all of
// them.
func TestListsNameEachRelease(t *testing.T) {
	var rows strings.Builder
	for _, name := range Names() {
		libraries := installed(t, name)
		rows.WriteString("| " + strings.Join([]string{
			name, libraries["djangorestframework-simplejwt"], libraries["PyJWT"], libraries["djangorestframework"],
			mustParse(libraries["Django"]).Series(),
		}, " | ") + " |\n")
	}
	names := Names()
	before, last := strings.Join(names[:len(names)-1], ", "), names[len(names)-1]
	newest := MustFind(Versions{}).Versions()
	for _, tc := range []struct{ file, text string }{
		{"caddyfile.go", "simplejwt_version <" + strings.Join(names, "|") + "|release>"},
		{"module.go", "whose answers are given: " + before + " or " + last + ",\n"},
		{"module.go", "such\n\t// as 5.3.1. Default: " + Default + "\n"},
		{"README.md", "whose answers to give: " + before + " or " + last + ", or a full release. Default: " + Default + "\n"},
		{"README.md", "SimpleJWT " + before + " and " + last + "\n"},
		{"docs/parity.md", "|---|---|---|---|---|\n" + rows.String() + "\n"},
		{"docs/parity.md", "PyJWT " + newest.PyJWT + ", DRF " + newest.DRF + " and Django " + newest.Django + "\n"},
	} {
		if !strings.Contains(read(t, tc.file), tc.text) {
			t.Errorf("%s does not say\n%s", tc.file, tc.text)
		}
	}
}

// TestOnlyTheTableComparesVersions guards that what differs by release stands in
// this package: a comparison elsewhere would be missed when a release is added,
// and one of text would take 5.10 for older than 5.4.
func TestOnlyTheTableComparesVersions(t *testing.T) {
	comparison := regexp.MustCompile(`([=!<>]=|[<>]|\bcase|HasPrefix\(.*,) ?"\d+\.\d+`)
	files := 0
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." || filepath.Base(path) == "release"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files++
		text, err := os.ReadFile(path)
		for _, found := range comparison.FindAllString(string(text), -1) {
			t.Errorf("%s compares a version: %s", path, found)
		}
		return err
	})
	if err != nil || files < 100 {
		t.Errorf("%d files were read: %v", files, err)
	}
}
