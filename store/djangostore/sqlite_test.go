// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// lite is a project's database in a SQLite file, as Django's migrations make it:
// testdata/schema holds what they say, which TestSchema compares with Django.
type lite struct {
	tables
	*storetest.Clock
	path, users string
}

// newLite makes a database whose user keys are integers, UUIDs or texts.
func newLite(t testing.TB, key string) *lite {
	t.Helper()
	schema, err := os.ReadFile(filepath.Join("testdata", "schema", key+".sql"))
	if err != nil {
		t.Fatal(err)
	}
	d := &lite{
		path: filepath.Join(t.TempDir(), "db.sqlite3"), users: "people_user",
		Clock: storetest.NewClock(time.Now().Truncate(time.Microsecond)), // which is what the tables keep
	}
	if key == "integer" {
		d.users = "auth_user"
	}
	if d.DB, err = sql.Open("sqlite", "file:"+d.path+"?_pragma=busy_timeout(10000)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	d.must(t, string(schema))
	return d
}

// open makes a store on the database, as another edge has it: connections of its
// own, and the test's clock.
func (d *lite) open(t testing.TB, change func(*Store)) *Store {
	t.Helper()
	s := &Store{
		DSN: "sqlite:///" + d.path, UserTable: d.users,
		MaxConnections: ownPool(),
	}
	if change != nil {
		change(s)
	}
	if err := provision(t, s); err != nil {
		t.Fatal(err)
	}
	s.pool.engine.(*sqlite).now = d.Now
	if s.Timeout == 0 {
		s.timeout = time.Minute // more than settings allow: a busy machine lets a crowd wait for the one lock
	}
	return s
}

// user makes a user.
func (d *lite) user(t testing.TB, id any, active bool, password string) {
	t.Helper()
	columns, values := "id, username, password, is_active", "?, ?, ?, ?"
	if d.users == "auth_user" {
		columns += ", is_superuser, last_name, email, is_staff, date_joined, first_name"
		values += ", 0, '', '', 0, '2026-01-01', ''"
	}
	d.must(t, "INSERT INTO "+d.users+" ("+columns+") VALUES ("+values+")", id, fmt.Sprint(id), password, active)
}

// count returns the one number that a query returns.
func (d *lite) count(t testing.TB, query string, args ...any) (n int) {
	t.Helper()
	if err := d.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// token returns a token of a user that is good for a day and that Django has no
// row of.
func (d *lite) token(user store.User) store.Token {
	now, n := d.Now().Unix(), handles.Add(1)
	text := fmt.Sprintf("text of login %d", n)
	return store.Token{
		JTI: fmt.Sprintf("%012x4000a000%012x", n, n), IssuedAt: now - 60, ExpiresAt: now + 86_400, Text: text, User: user,
		Reencode: func() (string, error) { return text, nil },
	}
}

// TestSuite is the suite on SQLite, with users of any name.
func TestSuite(t *testing.T) {
	d := newLite(t, "text")
	d.must(t, "PRAGMA journal_mode = WAL") // the disk is waited for once a write, not four times
	var edges []*Store
	for range 3 {
		edges = append(edges, d.open(t, nil))
	}
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		d.must(t, "DELETE FROM token_blacklist_blacklistedtoken")
		d.must(t, "DELETE FROM token_blacklist_outstandingtoken")
		opened := 0
		return storetest.Opener{
			Open: func(*testing.T) store.Store {
				s := edges[opened%len(edges)]
				s.state = new(state) // what went wrong before is not this test's
				opened++
				return shortIDs{s}
			},
			Advance: d.Advance, Issue: d.login, Forget: d.forget,
		}
	})
}

// backend is what the handler tells a store of a backend with this release.
func backend(name string) store.Backend {
	r := release.MustNamed(name)
	return store.Backend{UserIDField: "id", RecordsOwner: r.RecordsOwner, LooksUpOwner: r.LooksUpOwner}
}
