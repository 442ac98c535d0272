// SPDX-License-Identifier: Apache-2.0

package release

import "testing"

// TestVersion: versions compare as numbers. As text 5.10 would be older than 5.9,
// and an edge would write the rows of a release before 5.4 for it.
func TestVersion(t *testing.T) {
	order := []string{"0.9", "4.10.99", "5.0", "5.0.1", "5.2", "5.9.0", "5.9.11", "5.10", "5.10.1", "10.0"}
	for i, a := range order {
		for j, b := range order {
			v, w := mustParse(a), mustParse(b)
			if got := v.Compare(w); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s beside %s: %d", a, b, got)
			}
			if got := v.Since(w[0], w[1], w[2]); got != (i >= j) {
				t.Errorf("%s since %s: %v", a, b, got)
			}
		}
	}
	if v := mustParse("5.10.3"); v.String() != "5.10.3" || v.Series() != "5.10" {
		t.Errorf("5.10.3 is %s of %s", v, v.Series())
	}
	for _, text := range []string{"", ".", "5", "5.", "5..1", "v5", "5.3.1.0", "5.3rc1", "-5.3", "5.3 ", "+5.3", "99999.1"} {
		if v, err := ParseVersion(text); err == nil {
			t.Errorf("%q is %s", text, v)
		}
	}
}
