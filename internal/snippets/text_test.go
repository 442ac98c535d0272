// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "github.com/ncruces/go-sqlite3/driver"
)

// runSQL wants the block to be the one that a test of the store runs on a server.
func runSQL(t *testing.T, _ *bench, b block) {
	t.Setenv("SNIPPETS_ROOT", root)
	t.Setenv("SNIPPETS_PAGE", b.page)
	if err := runElsewhere("docs/stores.md", "store/djangostore/grants_test.go"); err != nil {
		t.Error(err)
	}
}

// runText is for what is neither a command nor a configuration, page by page.
func runText(t *testing.T, on *bench, b block) {
	switch b.page {
	case "docs/check.md":
		runCheckOutput(t, on, b)
	case "docs/scale.md":
		runScale(t, b)
	default:
		t.Errorf("no test compares this text with anything\n%s", b.text)
	}
}

// runCheckOutput makes the mistake whose finding docs/check.md shows, on a database
// of another kind, and compares what the command prints.
func runCheckOutput(t *testing.T, on *bench, b block) {
	dir := t.TempDir()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "django.sqlite3"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range []string{
		"CREATE TABLE auth_user (id integer primary key, is_active bool, password text)",
		"CREATE TABLE token_blacklist_outstandingtoken (id integer primary key, user_id integer, jti text unique, token text, created_at datetime, expires_at datetime)",
		"CREATE TABLE token_blacklist_blacklistedtoken (id integer primary key, token_id integer unique, blacklisted_at datetime)",
		"INSERT INTO auth_user VALUES (1, true, '')",
	} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	write(t, dir, "Caddyfile", `http://api.example.com {
	token_refresh {
		name api
		simplejwt_version 5.5
		signing_key {env.DJANGO_SECRET_KEY}
		audience api
		rotate_refresh_tokens
		blacklist_after_rotation
		reuse_grace 10s
		store django sqlite:///`+dir+`/django.sqlite3 {
			timeout 10s
		}
	}
}
`)
	got := on.must(t, dir, "caddyrefresh token-refresh mint --signing-key "+key+` --claim user_id=1 --claim aud=web > token.txt
caddyrefresh token-refresh check --config Caddyfile --token @token.txt || true`)
	server := regexp.MustCompile(`\((PostgreSQL|SQLite) [0-9.]+\)`)
	if diff := cmp.Diff(server.ReplaceAllString(b.text, ""), server.ReplaceAllString(got, "")); diff != "" {
		t.Errorf("-page +command\n%s", diff)
	}
}

// runScale holds the table of docs/scale.md to the formulas above it, for sessions
// that refresh every five minutes with tokens of a day, and tables that are swept
// every hour.
func runScale(t *testing.T, b block) {
	for _, formula := range []string{
		"rotations per second   = sessions that are active / seconds between two refreshes\n",
		"records (file, redis)  = sessions whose newest refresh token has not expired for an hour yet\n",
		"rows (django)          = 2 x rotations per second x (refresh_token_lifetime + the time between two runs of flushexpiredtokens)\n",
	} {
		if !strings.Contains(b.text, formula) {
			t.Errorf("this test is for another formula than the page has: %s", formula)
		}
	}
	page := read(t, b.page)
	const hour = 3600
	for i, sessions := range []float64{10e3, 1e6, 100e6} {
		rate := sessions / (5 * 60)
		for row, want := range map[string]float64{
			"rotations per second":                   rate,
			"records in the file or in Redis":        sessions,
			"Django's tables: rows, bytes":           2 * rate * (24*hour + hour),
			"Django's tables: rows written a second": 2 * rate,
		} {
			_, cells, found := strings.Cut(page, "\n| "+row+" |")
			if !found {
				t.Fatalf("the table has no row %q", row)
			}
			cell := strings.TrimSpace(strings.Split(cells, "|")[i])
			if got := quantity(t, cell); got < want*.97 || got > want*1.03 {
				t.Errorf("%s of %v sessions: %s, and by the formula it is %.0f", row, sessions, cell, want)
			}
		}
	}
}

// quantity reads a number such as "6 million, 2 GB" or "3,300".
func quantity(t *testing.T, cell string) float64 {
	t.Helper()
	m := regexp.MustCompile(`^([0-9]+(?:,[0-9]{3})*) ?(thousand|million|billion|)`).FindStringSubmatch(cell)
	if m == nil {
		t.Fatalf("%q is no number", cell)
	}
	number, err := strconv.ParseFloat(strings.ReplaceAll(m[1], ",", ""), 64)
	if err != nil {
		t.Fatal(fmt.Errorf("%q: %w", cell, err))
	}
	return number * map[string]float64{"": 1, "thousand": 1e3, "million": 1e6, "billion": 1e9}[m[2]]
}
