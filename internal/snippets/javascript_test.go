// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"path/filepath"
	"strings"
	"testing"
)

// runJavaScript wants the block to be whole lines of one of the examples, which the
// tests in browser/ run.
func runJavaScript(t *testing.T, _ *bench, b block) {
	examples, err := filepath.Glob(filepath.Join(root, "examples/*/*.js"))
	if err != nil || len(examples) < 2 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, example := range examples {
		name, err := filepath.Rel(root, example)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains("\n"+read(t, name), "\n"+b.text) {
			return
		}
	}
	t.Errorf("no example has these lines: quote examples/*/*.js\n%s", b.text)
}
