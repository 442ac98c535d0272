// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// TestSchema compares testdata/schema, on which the quick suite runs, with the
// tables, columns, types and indexes that Django's migrations make on SQLite, for
// each release and kind of user key.
func TestSchema(t *testing.T) {
	v := &live{"sqlite", djangotest.Start(t, "sqlite", false)}
	for _, key := range []string{"integer", "uuid", "text"} {
		want, err := os.ReadFile(filepath.Join("testdata", "schema", key+".sql"))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range conformance.Contemporary() {
			t.Run(key+" "+r.Name, func(t *testing.T) {
				p := v.project(t, djangotest.Project{Release: r.Name, Key: key})
				rows, err := p.Database.Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND
					(tbl_name LIKE 'token_blacklist%' OR tbl_name IN ('auth_user', 'people_user')) ORDER BY type DESC, name`)
				if err != nil {
					t.Fatal(err)
				}
				defer rows.Close()
				var got strings.Builder
				for rows.Next() {
					var statement string
					if err := rows.Scan(&statement); err != nil {
						t.Fatal(err)
					}
					got.WriteString(statement + ";\n")
				}
				if err := rows.Err(); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(string(want), got.String()); diff != "" {
					t.Errorf("the schema (-testdata +Django):\n%s", diff)
				}
			})
		}
	}
}
