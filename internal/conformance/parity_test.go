// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRowsAreThePage holds the rows that the comparer names and the rows of the
// page together: no difference is allowed that nobody can read about, and none
// is told of that nothing here looks for. The rows about cookies are of requests that
// Django does not understand; the tests of the root package have them.
func TestRowsAreThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "parity.md"))
	if err != nil {
		t.Fatal(err)
	}
	compared, _, found := bytes.Cut(page, []byte("\nWith `trusted_origins` and"))
	if !found {
		t.Error("docs/parity.md has no rows about cookies")
	}
	var got, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllSubmatch(compared, -1) {
		got = append(got, string(m[1]))
	}
	for _, r := range Rows() {
		want = append(want, r.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows of docs/parity.md (-comparer +page):\n%s", diff)
	}
}
