// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

const edgePassword = "edge:@/?#[]%"

// leastPrivilege is what the documentation tells operators to run: for PostgreSQL the
// statements of its page, for MySQL those that a sentence there describes.
func leastPrivilege(t *testing.T, kind string) []string {
	t.Helper()
	if kind == "mysql" {
		return []string{
			`CREATE USER edge IDENTIFIED BY '` + edgePassword + `'`,
			`GRANT SELECT, INSERT ON token_blacklist_outstandingtoken TO edge`,
			`GRANT SELECT, INSERT ON token_blacklist_blacklistedtoken TO edge`,
			`GRANT SELECT (id, is_active) ON auth_user TO edge`,
		}
	}
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "stores.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```sql\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("docs/stores.md has no block of SQL")
	}
	statements := []string{`CREATE ROLE edge LOGIN PASSWORD '` + edgePassword + `'`}
	for line := range strings.Lines(block) {
		statement, _, ended := strings.Cut(line, ";")
		if !ended {
			t.Fatalf("not a statement in one line: %s", line)
		}
		statements = append(statements, statement)
	}
	return statements
}

// grants does everything that a store does with the least privileges, and finds
// out what is said where one is missing.
func (v *live) grants(t *testing.T) {
	if v.kind == "sqlite" {
		v.readOnlyFile(t)
		return
	}
	p := v.project(t, djangotest.Project{Release: "5.5"})
	p.Database.Must(t, leastPrivilege(t, v.kind)...)
	s := open(t, p, func(s *Store) { s.DSN = v.server.URL("edge", edgePassword, p.Database.Name) })
	ctx := context.Background()
	token := signIn(t, p, "ann")
	r := spending(token, time.Hour)
	r.Users = store.UserChecks{Exists: true, Active: true}
	a, err := s.Spend(ctx, r)
	want(t, "Spend", a, err, store.Rotated)
	unknown := follow(token, store.Issued{JTI: "unknown", Text: "text", ExpiresAt: token.ExpiresAt})
	if a, err := s.Revoke(ctx, &store.Revocation{Token: unknown}); err != nil || a.Before != store.Live {
		t.Errorf("Revoke = %+v, %v", a, err)
	}
	if a, err := s.Revoke(ctx, &store.Revocation{Token: store.Token{JTI: token.JTI}, Reason: store.Admin}); err != nil || a.Before != store.Spent || !a.Known {
		t.Errorf("Revoke = %+v, %v", a, err)
	}
	if a, err := s.CutOff(ctx, &store.CutOff{User: token.User}); err != nil || a.Tokens != 0 {
		t.Errorf("CutOff = %+v, %v", a, err)
	}
	if st := s.Status(ctx); !st.Up || st.LastError != "" {
		t.Errorf("Status = %+v", st)
	}
	// The password is not the edge's to read, unless it is to check it.
	r = spending(signIn(t, p, "ann"), 0)
	r.Users.Password = true
	v.refusedFor(t, s, r, "grant this user")
	p.Database.Must(t, "REVOKE INSERT ON token_blacklist_blacklistedtoken FROM edge")
	r.Users.Password = false
	v.refusedFor(t, s, r, "grant this user")
	p.Database.Must(t, "GRANT INSERT ON token_blacklist_blacklistedtoken TO edge")
	a, err = s.Spend(ctx, r)
	want(t, "Spend, granted again", a, err, store.Rotated)
}

// refusedFor wants an error with these words, and no secret.
func (v *live) refusedFor(t *testing.T, s *Store, r *store.Spend, words string) {
	t.Helper()
	a, err := s.Spend(context.Background(), r)
	if err == nil || a.Verdict != store.Undecided || !strings.Contains(err.Error(), words) {
		t.Errorf("Spend = %v, %v; want an error that says %q", a.Verdict, err, words)
	}
	for _, secret := range []string{djangotest.AdminPassword, edgePassword, r.Token.JTI, r.Token.Text, r.Successor.Text} {
		if strings.Contains(err.Error()+s.Status(context.Background()).LastError, secret) {
			t.Errorf("the error %q holds %q", err, secret)
		}
	}
}

// readOnlyFile is SQLite's own way of missing privileges.
func (v *live) readOnlyFile(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5"})
	token := signIn(t, p, "ann")
	dir := t.TempDir()
	s := open(t, p, func(s *Store) { s.DSN = "sqlite:///" + filepath.Join(dir, "nowhere.sqlite3") })
	v.refusedFor(t, s, spending(token, 0), "look at the path")
	if _, err := os.Stat(filepath.Join(dir, "nowhere.sqlite3")); err == nil {
		t.Error("a file was made where there was none")
	}
}
