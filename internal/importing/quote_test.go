// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestValuesReadBack draws values with all that a Caddyfile gives a meaning to. A
// site that is printed has exactly these values; only what a Caddyfile replaces
// wherever it stands is refused.
func TestValuesReadBack(t *testing.T) {
	t.Setenv("IMPORT_TEST", "replaced")
	facts := readFacts(t, "testdata/default-block.facts")
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{`"`, "`", `\`, "#", " ", "\n", "\t", "<<", "<", "é", "🚀", "'", "{", "}", "{env.X}", "{http.host}", "{path}", "{$IMPORT_TEST}", "{args[0]}", "import", ",", ";", "//", "[", "None", "off"}),
		rapid.StringN(1, 4, 8),
	)
	value := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(piece, 1, 5).Draw(t, "pieces"), "") })
	printed, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		audience, issuer, claim := rapid.SliceOfN(value, 2, 3).Draw(t, "audience"), value.Draw(t, "issuer"), value.Draw(t, "claim")
		list := make([]any, len(audience))
		for i, a := range audience {
			list[i] = a
		}
		s := facts.SimpleJWT.Settings
		s["AUDIENCE"], s["ISSUER"], s["USER_ID_CLAIM"] = list, issuer, claim
		v := importing.Judge(facts, importing.Options{})
		if v.Site == "" {
			return
		}
		if err := v.ReadBack(); err != nil {
			refused++
			if all := strings.Join(append(audience, issuer, claim), "|"); plain(audience) && plain([]string{issuer, claim}) {
				t.Fatalf("%q: %v\n%s", all, err, v.Site)
			}
			return
		}
		printed++
		config, err := importing.Adapt("caddyfile", []byte(v.Site))
		if err != nil {
			t.Fatal(err)
		}
		handler := importing.Handlers(config)[0]
		want := []any{list, issuer, claim}
		if claim == "user_id" {
			want[2] = nil
		}
		if diff := cmp.Diff(want, []any{handler["audience"], handler["issuer"], handler["user_id_claim"]}); diff != "" {
			t.Fatalf("-want +got:\n%s\n%s", diff, v.Site)
		}
	})
	if printed < 20 || refused < 1 {
		t.Errorf("%d sites were printed and %d refused: that tries nothing", printed, refused)
	}
}

// TestBackslashBeforeOtherValues guards against Caddy's formatter, which stripped the
// tab of the second value.
func TestBackslashBeforeOtherValues(t *testing.T) {
	facts := readFacts(t, "testdata/default-block.facts")
	facts.SimpleJWT.Settings["AUDIENCE"] = []any{`\`, "\"\t"}
	v := importing.Judge(facts, importing.Options{})
	if err := v.ReadBack(); err != nil {
		t.Errorf("%v\n%s", err, v.Site)
	}
}

// plain reports whether values are such that a Caddyfile can always have them: no
// braces but those of {env.X}, no backtick beside a quote or a backslash, and nothing
// that is refused since it looks like Python.
func plain(values []string) bool {
	for _, value := range values {
		bare := strings.ReplaceAll(value, "{env.X}", "")
		odd := func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' }
		switch {
		case strings.ContainsAny(bare, "{}[],;'\r\x00\ufffd"), strings.Contains(value, "None"), strings.ContainsFunc(value, odd):
			return false
		case strings.Contains(value, "`") && strings.ContainsAny(value, `"\`):
			return false
		case strings.ContainsRune("\"`", rune(value[0])) && value[0] == value[len(value)-1]:
			return false
		}
	}
	return true
}
