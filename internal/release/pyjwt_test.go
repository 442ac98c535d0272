// SPDX-License-Identifier: Apache-2.0

package release

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestPyJWTFacts checks each fact before and after the release that brought it, as the
// sources on PyPI have it. testdata/pyjwt.json of internal/simplejwt records what the
// releases do with tokens.
func TestPyJWTFacts(t *testing.T) {
	for version, want := range map[string]PyJWT{
		"2.4.0":  {ExpIncluded: true, FutureIssuedAt: true, WholeSeconds: true, TypeFirst: true, FollowsRedirects: true},
		"2.5.0":  {ExpIncluded: true, FutureIssuedAt: true, WholeSeconds: true, FollowsRedirects: true},
		"2.6.0":  {RawIssuedAt: true, WholeSeconds: true, FollowsRedirects: true},
		"2.7.0":  {FollowsRedirects: true},
		"2.9.0":  {FollowsRedirects: true},
		"2.10.0": {StringSubject: true, PartOfIssuer: true, FollowsRedirects: true},
		"2.10.1": {StringSubject: true, FollowsRedirects: true},
		"2.11.0": {StringSubject: true, StringIssuer: true, FollowsRedirects: true},
		"2.13.0": {StringSubject: true, StringIssuer: true, FollowsRedirects: true},
		"2.14.0": {StringSubject: true, StringIssuer: true},
		"2.15.1": {StringSubject: true, StringIssuer: true},
	} {
		want.Version = mustParse(version)
		if diff := cmp.Diff(want, pyJWT(want.Version)); diff != "" {
			t.Errorf("PyJWT %s (-want +got)\n%s", version, diff)
		}
	}
}
