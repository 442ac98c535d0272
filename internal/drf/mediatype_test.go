// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// TestParameters: only a star behind its name makes a parameter extended (RFC 2231).
// Names are compared without regard to the case of ASCII letters.
func TestParameters(t *testing.T) {
	for header, want := range map[string]string{
		"x/y; a=b":            "b",
		"x/y; A=b":            "b",
		"x/y; a=b'c'd":        "b'c'd",
		"x/y; a*=utf-8''%41b": "Ab",
		"x/y; a=1; a=2":       "2",
	} {
		m, err := parseMediaType(header, &release.Newest().Django)
		if got, found := m.parameter("a"); err != nil || !found || got != want {
			t.Errorf("%s: %q, %v, %v, want %q", header, got, found, err, want)
		}
	}
	if equalFold("[", "{") || equalFold("@", "`") {
		t.Error("characters that are no letters are folded")
	}
}
