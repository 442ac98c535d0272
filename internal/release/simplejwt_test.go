// SPDX-License-Identifier: Apache-2.0

package release

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFacts checks each fact against the release that brought it, as the sources of
// SimpleJWT on PyPI have it. The versions are those before and after each change, also
// if they have no row in the table.
func TestFacts(t *testing.T) {
	for _, tc := range []struct {
		version string
		want    SimpleJWT
	}{
		{"5.2.0", SimpleJWT{CopiesIssuedAt: true}},
		{"5.2.2", SimpleJWT{CopiesIssuedAt: true}},
		{"5.3.0", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true}},
		{"5.3.1", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true}},
		{"5.4.0", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true, ChecksUser: true, RecordsOwner: true}},
		{"5.5.0", SimpleJWT{CopiesIssuedAt: true, MarksPassword: true, ChecksUser: true, RecordsOwner: true, LooksUpOwner: true, RotationNeedsApp: true}},
		{"5.5.1", SimpleJWT{MarksPassword: true, ChecksUser: true, RecordsOwner: true, LooksUpOwner: true}},
		{"5.10.0", SimpleJWT{MarksPassword: true, ChecksUser: true, RecordsOwner: true, LooksUpOwner: true}},
	} {
		got := simpleJWT(mustParse(tc.version))
		if got.Version.String() != tc.version {
			t.Errorf("SimpleJWT %s is %s", tc.version, got.Version)
		}
		got = SimpleJWT{
			CopiesIssuedAt: got.CopiesIssuedAt, ChecksUser: got.ChecksUser, MarksPassword: got.MarksPassword,
			RecordsOwner: got.RecordsOwner, LooksUpOwner: got.LooksUpOwner, RotationNeedsApp: got.RotationNeedsApp,
		}
		if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(SimpleJWT{})); diff != "" {
			t.Errorf("SimpleJWT %s (-want +got)\n%s", tc.version, diff)
		}
	}
}

// TestTexts: the texts of SimpleJWT's sources, and the two that 5.5.0 changed.
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
		if diff := cmp.Diff(want, simpleJWT(mustParse(version)).Texts); diff != "" {
			t.Errorf("%s (-want +got)\n%s", version, diff)
		}
	}
}
