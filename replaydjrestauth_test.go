// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"

	_ "github.com/caddyrefresh/caddyrefresh/store/djangostore"
)

// leastDJRestAuth is how many distinct requests dj-rest-auth's view must have been asked.
const leastDJRestAuth = 400

// TestReplayDJRestAuth is TestReplay for dj-rest-auth's refresh view: the cookies it
// sets are compared as well, to the byte.
func TestReplayDJRestAuth(t *testing.T) {
	for _, name := range []string{conformance.SpendDSN, conformance.RememberDSN} {
		database := filepath.Join(t.TempDir(), "django.sqlite3")
		t.Setenv(name, "sqlite://"+database)
		makeDjango(t, database)
	}
	rel := conformance.Newest()
	distinct := replayFile(t, rel, rel.Name+"-dj-rest-auth.json")
	sum := 0
	for _, p := range conformance.DJRestAuthProfiles("") {
		if distinct[p.Name] < 40 {
			t.Errorf("%s: %d distinct requests, want 40 at least", p.Name, distinct[p.Name])
		}
		sum += distinct[p.Name]
	}
	if sum < leastDJRestAuth {
		t.Errorf("%d distinct requests, want %d at least", sum, leastDJRestAuth)
	}
}

// makeDjango makes the database that internal/conformance/django/prepare.py makes, with
// the token in the blacklist that the recorder puts there.
func makeDjango(t *testing.T, path string) {
	t.Helper()
	schema, err := os.ReadFile(filepath.Join("store", "djangostore", "testdata", "schema", "integer.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		string(schema),
		`INSERT INTO auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active, date_joined, first_name)
			SELECT value, 'x', 0, 'user' || value, '', '', 0, value <> 6, '2026-01-01 00:00:00', '' FROM json_each('[1,2,3,4,5,6]')`,
		`INSERT INTO token_blacklist_outstandingtoken (id, token, expires_at, user_id, jti) VALUES (1, 'x', '2105-01-01 00:00:00', 1, '` + conformance.LoggedOutJTI + `')`,
		`INSERT INTO token_blacklist_blacklistedtoken (blacklisted_at, token_id) VALUES ('2026-01-01 00:00:00', 1)`,
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
}
