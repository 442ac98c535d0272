// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutside builds the example's store as a module of its own beside ours, as its
// author would, and runs the suite there and testdata/outside/edge_test.go: a Caddy
// that rotates a token with it. Guards that a store needs nothing internal.
// The module requires what ours does, so that nothing is downloaded.
func TestOutside(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	read := func(name string) string {
		t.Helper()
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	renamed := func(text string) string {
		return strings.Replace(text, "package store_test", "package outside", 1)
	}
	const ours = "module github.com/caddyrefresh/caddyrefresh\n"
	mod := read("../go.mod")
	if !strings.HasPrefix(mod, ours) {
		t.Fatalf("go.mod does not begin with %s", ours)
	}
	for name, text := range map[string]string{
		"go.mod": "module example.com/outside\n" + strings.TrimPrefix(mod, ours) +
			"\nrequire github.com/caddyrefresh/caddyrefresh v0.0.0\n\nreplace github.com/caddyrefresh/caddyrefresh => " + root + "\n",
		"go.sum":        read("../go.sum"),
		"store.go":      renamed(read("example_test.go")),
		"store_test.go": renamed(read("examplestore_test.go")),
		"edge_test.go":  read("testdata/outside/edge_test.go"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "test", "-count=1", "-v", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOWORK=off")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
	for _, test := range []string{"TestExampleStore", "TestEdge", "TestUnknownStore"} {
		if !strings.Contains(string(out), "--- PASS: "+test+" ") {
			t.Errorf("%s did not run:\n%s", test, out)
		}
	}
}
