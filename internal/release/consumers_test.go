// SPDX-License-Identifier: Apache-2.0

package release

import (
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

// TestGoldenFiles: each series has a golden file, and no file is for a series that the
// table does not have. The sets of internal/conformance and their recordings have tests
// of their own there.
func TestGoldenFiles(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join("..", "simplejwt", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		if m := regexp.MustCompile(`^golden-(\d.*)\.json$`).FindStringSubmatch(entry.Name()); m != nil {
			got = append(got, m[1])
		}
	}
	slices.SortFunc(got, func(a, b string) int { return mustParse(a).Compare(mustParse(b)) })
	if diff := cmp.Diff(Names(), got); diff != "" {
		t.Errorf("golden files (-table +files)\n%s", diff)
	}
}

// TestListsNameEachRelease: each list of releases names all of them.
func TestListsNameEachRelease(t *testing.T) {
	names := Names()
	before, last := strings.Join(names[:len(names)-1], ", "), names[len(names)-1]
	for _, tc := range []struct{ file, text string }{
		{"caddyfile.go", "simplejwt_version <" + strings.Join(names, "|") + "|release>"},
		{"module.go", "whose answers are given: " + before + " or " + last + ",\n"},
		{"module.go", "such\n\t// as 5.3.1. Default: " + Default + "\n"},
		{"README.md", "whose answers to give: " + before + " or " + last + ", or a full release. Default: " + Default + "\n"},
		{"README.md", "SimpleJWT " + before + " and " + last + "\n"},
	} {
		if !strings.Contains(read(t, tc.file), tc.text) {
			t.Errorf("%s does not say\n%s", tc.file, tc.text)
		}
	}
}

// TestOnlyTheTableComparesVersions: only this package compares versions. A comparison
// elsewhere would be missed when a release is added, and a comparison of text would take
// 5.10 for older than 5.4.
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
