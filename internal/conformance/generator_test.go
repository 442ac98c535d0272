// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRandomRepeats: a seed that a failing run printed must give its requests
// again.
func TestRandomRepeats(t *testing.T) {
	for _, p := range slices.Concat(Profiles(), KeyProfiles(Newest())) {
		var runs [2][]string
		for i := range runs {
			rng := rand.New(rand.NewPCG(7, 7))
			for range 200 {
				c := Random(Sets()[0], p, 1800000000, rng)
				runs[i] = append(runs[i], c.Name+string(c.Request.Bytes()))
			}
		}
		if diff := cmp.Diff(runs[0], runs[1]); diff != "" {
			t.Errorf("profile %s: the same seed gives other requests:\n%s", p.Name, diff)
		}
	}
}

// TestCatalogueNamesAreTelling: a name leads to one case of a profile.
func TestCatalogueNamesAreTelling(t *testing.T) {
	for _, rel := range Contemporary() {
		for _, p := range slices.Concat(Profiles(), KeyProfiles(rel)) {
			names := map[string]bool{}
			for _, c := range Catalogue(rel, p, 1800000000) {
				if c.Name == "" || names[c.Name] {
					t.Errorf("release %s, profile %s: two cases are named %q", rel.Name, p.Name, c.Name)
				}
				names[c.Name] = true
			}
		}
	}
}

// TestPythonSpelling holds the generator to what json.dumps of Python 3.11
// writes: a case spelled otherwise would be about another row.
func TestPythonSpelling(t *testing.T) {
	for f, want := range map[float64]string{
		1: "1.0", 0.1: "0.1", 1e-4: "0.0001", 1e-5: "1e-05", 1e15: "1000000000000000.0", 1e16: "1e+16", 1.5e300: "1.5e+300", -2.5e-300: "-2.5e-300", 123456789.123456789: "123456789.12345679",
	} {
		if got := PyFloat(f); got != want {
			t.Errorf("%g: got %s, want %s", f, got, want)
		}
	}
	if got, want := PyString("\x00\x1f\x7f\"\\/é\u2028🚀<"), `"\u0000\u001f\u007f\"\\/\u00e9\u2028\ud83d\ude80<"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestStrictReason holds the comparer's own reading of RFC 7515 to account.
func TestStrictReason(t *testing.T) {
	p := Profiles()[0]
	for _, tc := range []struct{ header, payload, tail, want string }{
		{Header("HS256"), `{"a":1}`, "", ""},
		{`{"alg":"HS256","kid":"k"}`, ` {"a":NaN} `, "", ""},
		{Header("HS256"), `{"a":1}`, "=", "not base64url"},
		{Header("HS256"), `{"a":1}`, "\n", "a line break"},
		{Header("HS256"), `{"a":1}`, ".x", "not of three segments"},
		{Header("HS256"), `{"a":1,"\u0061":2}`, "", "duplicate member"},
		{Header("HS256"), `{"a":"\"[","b":` + strings.Repeat("[", 899) + strings.Repeat("]", 899) + `}`, "", ""},
		{Header("HS256"), `{"a":` + strings.Repeat("[", 900) + strings.Repeat("]", 900) + `}`, "", "nested too deeply"},
		{`{"alg":"HS256","alg":"HS256"}`, `{"a":1}`, "", "duplicate member"},
		{`{"alg":"HS256","crit":[]}`, `{"a":1}`, "", "crit"},
		{`{"alg":"HS256","b64":true}`, `{"a":1}`, "", "b64"},
		{`{"alg":"HS256","kid":1}`, `{"a":1}`, "", "kid is no string"},
		{Header("HS256"), utf16le(`{"a":1}`), "", "not plain UTF-8"},
		{Header("HS256"), "\ufeff{}", "", "not plain UTF-8"},
	} {
		token := Compact(p.Algorithm, p.Key, tc.header, tc.payload) + tc.tail
		if got := StrictReason(token); got != tc.want {
			t.Errorf("%s . %q %q: got %q, want %q", tc.header, tc.payload, tc.tail, got, tc.want)
		}
	}
}
