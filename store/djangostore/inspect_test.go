// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// allUsers are the checks that read most of a user.
var allUsers = store.UserChecks{Exists: true, Active: true, Password: true}

// contents are all rows of the database, so that two moments can be compared.
func (d *lite) contents(t testing.TB) string {
	t.Helper()
	var all strings.Builder
	for _, table := range []string{outstandingTable, blacklistedTable, d.users} {
		if err := d.dump(&all, table); err != nil {
			fmt.Fprintln(&all, table, err)
		}
	}
	return all.String()
}

func (d *lite) dump(into io.Writer, table string) error {
	rows, err := d.Query("SELECT * FROM " + table + " ORDER BY 1")
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		row, cells := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			cells[i] = &row[i]
		}
		if err := rows.Scan(cells...); err != nil {
			return err
		}
		fmt.Fprintln(into, table, row)
	}
	return rows.Err()
}

// TestInspect: what keeps the store from its work is said with the cure, and
// nothing is written to find it.
func TestInspect(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil  []string // statements
		change func(*Store)
		users  store.UserChecks
		want   []string
	}{
		"well": {users: allUsers},
		"no token tables": {
			spoil: []string{"DROP TABLE token_blacklist_blacklistedtoken", "DROP TABLE token_blacklist_outstandingtoken"},
			want: []string{
				"there is no table token_blacklist_outstandingtoken that this user may see: add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set schema",
				"there is no table token_blacklist_blacklistedtoken that this user may see: add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set schema",
			},
		},
		"no user table": {
			change: func(s *Store) { s.UserTable = "people" },
			want:   []string{"there is no table people that this user may see: write the table of AUTH_USER_MODEL as user_table, or set schema"},
		},
		"no column that is read": {
			change: func(s *Store) { s.ActiveField = "enabled" },
			users:  allUsers,
			want:   []string{"the table auth_user has no column enabled: look at user_id_field, active_field and password_field"},
		},
		"no column that is not read": {change: func(s *Store) { s.ActiveField = "enabled" }, users: store.UserChecks{Exists: true}},
		"an old table": {
			spoil: []string{"ALTER TABLE token_blacklist_outstandingtoken DROP COLUMN created_at"},
			want:  []string{"the table token_blacklist_outstandingtoken has no column created_at: run the migrations of token_blacklist"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLite(t, "integer")
			d.user(t, 1, true, "x")
			for _, statement := range tt.spoil {
				d.must(t, statement)
			}
			s := d.open(t, tt.change)
			before := d.contents(t)
			report := s.Inspect(t.Context(), &store.Inspection{Users: tt.users})
			if diff := cmp.Diff(tt.want, report.Faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
			if !report.Now.Equal(d.Now()) || !strings.HasPrefix(report.About, "SQLite 3") || report.Held {
				t.Errorf("%+v, want the clock %v", report, d.Now())
			}
			if after := d.contents(t); after != before {
				t.Errorf("it has written: before\n%safter\n%s", before, after)
			}
			if s.state.layout.Load() != nil && len(tt.want) > 0 {
				t.Error("what was found wrong is kept")
			}
		})
	}
}

// TestInspectFile: a file that is not there is not made, and one that is none of
// SQLite's is told.
func TestInspectFile(t *testing.T) {
	d := newLite(t, "integer")
	missing := filepath.Join(t.TempDir(), "db.sqlite3")
	s := d.open(t, func(s *Store) { s.DSN = "sqlite:///" + missing })
	report := s.Inspect(t.Context(), new(store.Inspection))
	if len(report.Faults) != 1 || !strings.Contains(report.Faults[0], "look at the path") {
		t.Errorf("missing: %+v", report)
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("it made the file")
	}
	if err := os.WriteFile(missing, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if report := s.Inspect(t.Context(), new(store.Inspection)); len(report.Faults) == 0 {
		t.Errorf("no database: %+v", report)
	}
}

// TestPeek answers as Check does, and leaves the rows alone.
func TestPeek(t *testing.T) {
	d := newLite(t, "integer")
	d.user(t, 1, true, "x")
	d.user(t, 2, false, "x")
	s := d.open(t, nil)
	one, two := store.User{ID: "1", Kind: store.IntegerUser}, store.User{ID: "2", Kind: store.IntegerUser}
	spent, idle := d.token(one), d.token(two)
	rotate(t, s, spent)
	before := d.contents(t)
	for name, tt := range map[string]struct {
		token   store.Token
		verdict store.Verdict
		user    store.UserState
	}{
		"fresh":    {d.token(one), store.Live, store.UserPasses},
		"spent":    {spent, store.Spent, store.UserUnseen},
		"inactive": {idle, store.UserRefused, store.UserInactive},
	} {
		question := &store.Check{Token: tt.token, Users: store.UserChecks{Exists: true, Active: true}}
		peeked, err := s.Peek(t.Context(), question)
		if err != nil || peeked.Verdict != tt.verdict || peeked.User != tt.user {
			t.Errorf("%s: Peek = %+v, %v; want %v, %v", name, peeked, err, tt.verdict, tt.user)
		}
		if asked, err := s.Check(t.Context(), question); err != nil || asked != peeked {
			t.Errorf("%s: Check = %+v, %v; Peek = %+v", name, asked, err, peeked)
		}
	}
	if after := d.contents(t); after != before {
		t.Errorf("it has written: before\n%safter\n%s", before, after)
	}
}
