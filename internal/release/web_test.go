// SPDX-License-Identifier: Apache-2.0

package release

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWebFacts checks each fact about Django and REST framework before and after each
// change, as the sources on PyPI have it.
func TestWebFacts(t *testing.T) {
	const longest = 10_000
	for version, want := range map[string]Django{
		"4.2.0":  {},
		"4.2.30": {},
		"5.0.14": {UsesTZ: true},
		"5.1.0":  {UsesTZ: true, LimitsPartHeaders: true},
		"5.2.17": {UsesTZ: true, LimitsPartHeaders: true},
		"5.2.18": {UsesTZ: true, LimitsPartHeaders: true, EmailHeaders: true, RefusesUnknownCharset: true},
		"5.2.19": {UsesTZ: true, LimitsPartHeaders: true, EmailHeaders: true, RefusesUnknownCharset: true, WholeQuads: true},
		"6.0.0":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true},
		"6.0.8":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true},
		"6.0.9":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true, EmailHeaders: true, RefusesUnknownCharset: true},
		"6.0.10": {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true, EmailHeaders: true, RefusesUnknownCharset: true, WholeQuads: true},
		"6.1.0":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true, RefusesUnknownCharset: true, StrictBase64: true},
		"6.1.1":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true, RefusesUnknownCharset: true, StrictBase64: true},
		"6.1.2":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true, RefusesUnknownCharset: true, StrictBase64: true, EmailHeaders: true},
		"6.1.3":  {UsesTZ: true, LimitsPartHeaders: true, MaxHeaderLength: longest, CutsPartHeaderFirst: true, RefusesUnknownCharset: true, StrictBase64: true, EmailHeaders: true, WholeQuads: true},
	} {
		want.Version = mustParse(version)
		got := django(want.Version)
		got.OldestPython = Version{} // TestOldestPython has it
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Django %s (-want +got)\n%s", version, diff)
		}
	}
	for version, want := range map[string]DRF{
		"3.14.0": {},
		"3.17.1": {},
		"3.17.2": {BuffersBody: true},
		"3.18.1": {BuffersBody: true},
		"3.18.2": {BuffersBody: true, TextCharsets: true, LimitsMediaTypes: true},
		"3.18.3": {BuffersBody: true, TextCharsets: true, LimitsMediaTypes: true},
	} {
		want.Version = mustParse(version)
		got := drf(want.Version)
		got.djangoSince, got.djangoBefore = Version{}, Version{} // TestFind has them
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(DRF{})); diff != "" {
			t.Errorf("Django REST framework %s (-want +got)\n%s", version, diff)
		}
	}
}

// TestOldestPython: the Python that each series requires, as its metadata on PyPI has it.
func TestOldestPython(t *testing.T) {
	for version, want := range map[string]string{"4.2.30": "3.8", "5.0.0": "3.10", "5.2.19": "3.10", "6.0.0": "3.12", "6.1.3": "3.12"} {
		if got := django(mustParse(version)).OldestPython; got != mustParse(want) {
			t.Errorf("Django %s asks for Python %s, want %s", version, got, want)
		}
	}
}

// TestSinceFix: a fix that came to several series is looked up in the version's own
// series. If only the first fix counted, 6.0.8 would have what 5.2.18 brought.
func TestSinceFix(t *testing.T) {
	for version, want := range map[string]bool{
		"4.2.99": false, "5.1.99": false, "5.2.17": false, "5.2.18": true, "5.3.0": false,
		"6.0.0": false, "6.0.8": false, "6.0.9": true, "6.1.1": false, "6.1.2": true, "6.2.0": true, "7.0.0": true,
	} {
		if got := mustParse(version).sinceFix("5.2.18", "6.0.9", "6.1.2"); got != want {
			t.Errorf("%s: %v", version, got)
		}
	}
}
