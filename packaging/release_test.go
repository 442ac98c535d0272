// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package packaging

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestRelease: the checksums are those of the files, the archive has the program, and the
// SBOM lists the modules in it.
func TestRelease(t *testing.T) {
	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = "../dist"
	out, err := check.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	for _, kind := range []string{".deb: OK", ".rpm: OK", ".tar.gz: OK", ".cdx.json: OK"} {
		if !strings.Contains(string(out), kind) {
			t.Errorf("no checksum of a file %s:\n%s", strings.TrimSuffix(kind, ": OK"), out)
		}
	}

	files := strings.Fields(run(t, "tar", "--list", "--file", built(t, "*.tar.gz")))
	for _, want := range []string{"caddyrefresh", "LICENSE", "README.md", "Caddyfile.example"} {
		if !slices.Contains(files, want) {
			t.Errorf("the archive has %s, and lacks %s", files, want)
		}
	}

	text, err := os.ReadFile(built(t, "*.cdx.json"))
	if err != nil {
		t.Fatal(err)
	}
	var bom struct {
		BOMFormat  string
		Components []struct{ Name, Version string }
	}
	if err := json.Unmarshal(text, &bom); err != nil || bom.BOMFormat != "CycloneDX" {
		t.Fatalf("the SBOM is of the format %q: %v", bom.BOMFormat, err)
	}
	versions := map[string]string{}
	for _, c := range bom.Components {
		versions[c.Name] = c.Version
	}
	// The linker's own list, of the program in the archive.
	for line := range strings.Lines(run(t, "go", "version", "-m", built(t, "linux_*/caddyrefresh"))) {
		if field := strings.Fields(line); len(field) > 2 && field[0] == "dep" && versions[field[1]] != field[2] {
			t.Errorf("the SBOM has %s %q, and the program %s", field[1], versions[field[1]], field[2])
		}
	}
	if len(versions) < 50 {
		t.Errorf("the SBOM lists %d modules: where are the others?", len(versions))
	}
}
