// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// TestMigratePage holds the tables of docs/migrate.md to the code: each setting of
// SIMPLE_JWT that the grammar has or explains, and each of other packages that is
// explained, and none that is not.
func TestMigratePage(t *testing.T) {
	page, err := os.ReadFile("docs/migrate.md")
	if err != nil {
		t.Fatal(err)
	}
	var ofSimpleJWT []string
	section := ""
	for line := range strings.SplitSeq(grammar(t, "caddyfile.go", "UnmarshalCaddyfile"), "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			section = line
		}
		name, _, _ := strings.Cut(line, " ")
		if strings.HasPrefix(section, "# settings of SIMPLE_JWT") && name != "" && name != "#" && name != "audience_list" {
			ofSimpleJWT = append(ofSimpleJWT, name)
		}
	}
	for heading, want := range map[string][]string{
		"## SIMPLE_JWT":       append(ofSimpleJWT, simplejwt.LeftOut()...),
		"## dj-rest-auth and": explain.Foreign(),
	} {
		slices.Sort(want)
		_, table, _ := strings.Cut(string(page), heading)
		table, _, _ = strings.Cut(table, "\n## ")
		var got []string
		for line := range strings.SplitSeq(table, "\n") {
			first, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
			if strings.HasPrefix(line, "| `") {
				for _, name := range regexp.MustCompile("`([A-Z0-9_]+)`").FindAllStringSubmatch(first, -1) {
					got = append(got, strings.ToLower(name[1]))
				}
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-code +page)\n%s", heading, diff)
		}
	}
}
