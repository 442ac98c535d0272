// SPDX-License-Identifier: Apache-2.0

package release

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAll: the releases stand oldest first, and each name leads to its own.
func TestAll(t *testing.T) {
	var names []string
	for _, r := range All() {
		names = append(names, r.Name)
		if same, ok := Named(r.Name); !ok || same != r || MustNamed(r.Name) != r {
			t.Errorf("%s leads to %+v", r.Name, same)
		}
	}
	if want := []string{"5.2", "5.3", "5.4", "5.5"}; len(names) < len(want) || !slices.Equal(names[:len(want)], want) {
		t.Errorf("the releases are %v, want %v and later ones", names, want)
	}
	if Newest().Name != names[len(names)-1] {
		t.Errorf("the newest of %v is said to be %s", names, Newest().Name)
	}
	if diff := cmp.Diff(names, Names()); diff != "" {
		t.Errorf("Names (-want +got)\n%s", diff)
	}
	oldestFirst := func(a, b *SimpleJWT) int { return mustParse(a.Stands).Compare(mustParse(b.Stands)) }
	if !slices.IsSortedFunc(All(), oldestFirst) {
		t.Error("the releases do not stand oldest first")
	}
	if _, ok := Named(Default); !ok {
		t.Errorf("the default release %q is unknown", Default)
	}
	for _, name := range []string{"", "5", "5.1", "5.5.1", "5.99", " 5.5"} {
		if _, ok := Named(name); ok {
			t.Errorf("%q is known", name)
		}
	}
}

// TestFacts holds each fact to the release that brought it, as the sources of
// SimpleJWT and PyJWT on PyPI have it. The versions stand on both sides of each
// change, those that are no row of the table included.
func TestFacts(t *testing.T) {
	for _, tc := range []struct {
		version string
		want    SimpleJWT
	}{
		{"5.2.0", SimpleJWT{CopiesIssuedAt: true}},
		{"5.3.0", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true}},
		{"5.3.1", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true}},
		{"5.4.0", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true, ChecksUser: true, RecordsOwner: true}},
		{"5.5.0", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true, ChecksUser: true, RecordsOwner: true, LooksUpOwner: true}},
		{"5.5.1", SimpleJWT{MarksPassword: true, ChecksUser: true, RecordsOwner: true, LooksUpOwner: true}},
		{"5.10.0", SimpleJWT{MarksPassword: true, ChecksUser: true, RecordsOwner: true, LooksUpOwner: true}},
	} {
		got := *simpleJWT(tc.version, "2.10.1")
		got.Name, got.Stands, got.PyJWT, got.Texts, got.Algorithms = "", "", PyJWT{}, Texts{}, nil
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("SimpleJWT %s (-want +got)\n%s", tc.version, diff)
		}
	}
	for version, want := range map[string]PyJWT{
		"2.6.0":  {WholeSeconds: true},
		"2.7.0":  {},
		"2.9.0":  {},
		"2.10.0": {StringSubject: true},
		"2.15.1": {StringSubject: true},
	} {
		want.Version = mustParse(version)
		if diff := cmp.Diff(want, pyJWT(want.Version)); diff != "" {
			t.Errorf("PyJWT %s (-want +got)\n%s", version, diff)
		}
	}
}

// TestTexts: the words of SimpleJWT's sources, and the two that 5.5.0 changed.
func TestTexts(t *testing.T) {
	want := Texts{
		Invalid:         "Token is invalid or expired",
		Expired:         "Token is invalid or expired",
		ExpPassed:       "Token 'exp' claim has expired",
		NoExp:           "Token has no 'exp' claim",
		NoID:            "Token has no id",
		NoType:          "Token has no type",
		WrongType:       "Token has wrong type",
		Blacklisted:     "Token is blacklisted",
		NoActiveAccount: "No active account found for the given token.",
		PasswordChanged: "The user's password has been changed.",
	}
	for _, version := range []string{"5.2.0", "5.4.0", "5.5.0", "5.5.1"} {
		if version == "5.5.0" {
			want.Invalid, want.Expired = "Token is invalid", "Token is expired"
		}
		if diff := cmp.Diff(want, simpleJWT(version, "2.10.1").Texts); diff != "" {
			t.Errorf("%s (-want +got)\n%s", version, diff)
		}
	}
}
