// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestText: the texts of SimpleJWT's tokens.py, by release.
func TestText(t *testing.T) {
	old := map[error]string{
		ErrInvalid:   "Token is invalid or expired",
		ErrExpired:   "Token is invalid or expired",
		ErrExpPassed: "Token 'exp' claim has expired",
		ErrNoExp:     "Token has no 'exp' claim",
		ErrNoID:      "Token has no id",
		ErrNoType:    "Token has no type",
		ErrWrongType: "Token has wrong type",
	}
	changed := map[error]string{ErrInvalid: "Token is invalid", ErrExpired: "Token is expired"}
	for _, name := range ReleaseNames() {
		r := LookUpRelease(name)
		for err, want := range old {
			if name == "5.5" && changed[err] != "" {
				want = changed[err]
			}
			for _, err := range []error{err, fmt.Errorf("wrapped: %w", err)} {
				if got := r.Text(err); got != want {
					t.Errorf("%s, %v: got %q, want %q", name, err, got, want)
				}
			}
		}
		if got, want := r.Text(errors.New("unheard of")), r.Text(ErrInvalid); got != want {
			t.Errorf("%s, any other error: got %q, want %q", name, got, want)
		}
	}
}

// TestReleases: which releases there are, what they stand for, and that each
// name leads to itself.
func TestReleases(t *testing.T) {
	want := []string{"5.2 5.2.2 false", "5.3 5.3.1 false", "5.4 5.4.0 true", "5.5 5.5.1 true"}
	var got []string
	for _, name := range ReleaseNames() {
		r := LookUpRelease(name)
		got = append(got, fmt.Sprintf("%s %s %v", r.Name, r.Stands, r.ChecksUser()))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if LookUpRelease(DefaultRelease) == nil {
		t.Errorf("the default release %q is unknown", DefaultRelease)
	}
	for _, name := range []string{"", "5", "5.1", "5.5.1", "5.6", " 5.5"} {
		if LookUpRelease(name) != nil {
			t.Errorf("%q is known", name)
		}
	}
}

// TestHasAlgorithm: PS and EdDSA came with 5.4 (backends.py, ALLOWED_ALGORITHMS).
func TestHasAlgorithm(t *testing.T) {
	for _, name := range ReleaseNames() {
		for _, algorithm := range append(everyAlgorithm, "none", "ES256K", "") {
			modern := strings.HasPrefix(algorithm, "PS") || algorithm == "EdDSA"
			want := KnownAlgorithm(algorithm) && (!modern || name >= "5.4")
			if got := LookUpRelease(name).HasAlgorithm(algorithm); got != want {
				t.Errorf("%s, %q: %v", name, algorithm, got)
			}
		}
	}
	if KnownAlgorithm("none") || KnownAlgorithm("") || !KnownAlgorithm("PS512") || Symmetric("RS256") || !Symmetric("HS384") {
		t.Error("the table of algorithms is off")
	}
}
