// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"cmp"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

const modulePath = "github.com/caddyrefresh/caddyrefresh"

// TestImportsPointDown holds the table of docs/architecture.md to the code: each
// package imports what its row names and nothing else. No store imports what is
// internal: a store by someone else could not.
func TestImportsPointDown(t *testing.T) {
	want := importTable(t)
	got := map[string][]string{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		dir := filepath.ToSlash(filepath.Dir(file))
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (forTests(file) || strings.HasPrefix(entry.Name(), ".") && file != "." || entry.Name() == "testdata" || file == "tools" || file == "browser" || file == "examples"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || file == "caddyrefresh/benchmark.go":
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		if dir == "." {
			dir = "/"
		}
		if got[dir] == nil {
			got[dir] = []string{}
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if imported == modulePath {
				imported += "/" // the root package
			}
			if own, ok := strings.CutPrefix(imported, modulePath+"/"); ok {
				got[dir] = append(got[dir], cmp.Or(own, "/"))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, imports := range got {
		slices.Sort(imports)
		got[dir] = slices.Compact(imports)
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("what docs/architecture.md says of imports is not so (-doc +code)\n%s", diff)
	}
	for dir := range want {
		if strings.HasPrefix(dir, "store") {
			for _, imported := range want[dir] {
				if strings.HasPrefix(imported, "internal/") {
					t.Errorf("%s imports %s: a store by someone else could not", dir, imported)
				}
			}
		}
	}
}

// forTests reports whether only tests and developers run what is in dir.
func forTests(dir string) bool {
	switch filepath.ToSlash(dir) {
	case "internal/edgetest", "internal/otlptest", "internal/conformance", "internal/djangotest", "internal/redistest", "internal/freeport", "internal/certtest", "internal/benchmarks", "internal/snippets", "internal/target/targettest", "packaging":
		return true
	}
	return false
}

// importTable reads the table of docs/architecture.md.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	_, table, found := strings.Cut(readFile(t, "docs/architecture.md"), "| package | imports |")
	if !found {
		t.Fatal("docs/architecture.md has no table of imports")
	}
	rows := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|(.*)\\|$").FindAllStringSubmatch(table, -1) {
		imports := strings.Fields(strings.ReplaceAll(row[2], "`", ""))
		rows[row[1]] = imports
	}
	return rows
}

// TestArchitectureNamesFiles: each file and folder that docs/architecture.md sends
// a newcomer to is there, seen from the root or from the folder named before it in
// the same line.
func TestArchitectureNamesFiles(t *testing.T) {
	names := 0
	for line := range strings.Lines(readFile(t, "docs/architecture.md")) {
		folder := ""
		for _, m := range regexp.MustCompile("`([a-z/_*.-]+)`").FindAllStringSubmatch(line, -1) {
			name := m[1]
			if !strings.Contains(name, "/") && !strings.HasSuffix(name, ".go") {
				continue // a word
			}
			names++
			at := strings.TrimPrefix(name, "/")
			found := exists(t, at)
			if !found && !strings.Contains(name, "/") {
				found = exists(t, path.Join(folder, at))
			}
			if !found {
				t.Errorf("%s is not there: %s", name, line)
			}
			switch {
			case strings.HasSuffix(name, ".go") && strings.Contains(name, "/"):
				folder = path.Dir(at)
			case strings.Contains(name, "/") && at != "":
				folder = at
			}
		}
	}
	if names < 60 {
		t.Errorf("%d names are checked, want at least 60", names)
	}
}

func exists(t *testing.T, pattern string) bool {
	t.Helper()
	if pattern == "" {
		return true
	}
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return len(found) > 0
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
