// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"net/url"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// TestAcceptRank: the most specific type wins wherever it stands, any type will do for
// the browsable API, and an indent has decimal digits. A renderer gets the parameters of
// a range with wildcards without their quotes.
func TestAcceptRank(t *testing.T) {
	for _, tt := range []struct {
		query  string
		accept []string
		indent int
	}{
		{"", []string{"*/*", "application/json; indent=4"}, 4},
		{"", []string{"application/json; indent=4", "*/*"}, 4},
		{"", []string{"application/json; indent=:"}, 0},
		{"", []string{"application/json; indent=1_0"}, 8},
		{"", []string{`*/*; x="a;indent=3"`}, 3},
		{"", []string{`*/*; x="a;indent=3"; indent=5`}, 5},
		{"", []string{`*/*; indent=1; x="a;indent=3"; indent=5`}, 3},
		{"", []string{`application/json; indent=1; x="a;indent=3"`}, 1},
		{"format=api", []string{"*/*"}, 0},
	} {
		r := request(strings.NewReader(""), 0)
		r.URL = &url.URL{RawQuery: tt.query}
		r.Header["Accept"] = tt.accept
		if f, err := new(Scratch).Negotiate(r, release.Newest(), false); err != nil || f.Indent != tt.indent {
			t.Errorf("%q, %q: %+v, %v, want an indent of %d", tt.query, tt.accept, f, err, tt.indent)
		}
	}
}
