// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRowsAreThePage holds the rows that the comparer names and the rows of the
// page together: no difference is allowed that nobody can read about, and none
// is told of that nothing here looks for.
func TestRowsAreThePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "parity.md"))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllSubmatch(page, -1) {
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
