// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
)

// Database is one database of a server, empty until Django's migrations ran.
type Database struct {
	*sql.DB

	// Server is where it lies, Name what it is called there, and URL what the
	// admin connects with, as DATABASE_URL.
	Server *Server
	Name   string
	URL    string
}

var databases atomic.Int64

// Create makes a database. On MariaDB texts are told apart byte by byte, as on
// the others, unless collation says otherwise.
func (s *Server) Create(t testing.TB, collation string) *Database {
	t.Helper()
	name := fmt.Sprintf("django%d", databases.Add(1))
	if s.Kind != "sqlite" {
		admin := s.open(t, s.first())
		defer admin.Close()
		statement := "CREATE DATABASE " + name
		if s.Kind == "mysql" {
			if collation == "" {
				collation = "utf8mb4_nopad_bin"
			}
			statement += " CHARACTER SET utf8mb4 COLLATE " + collation
		}
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	d := &Database{DB: s.open(t, name), Server: s, Name: name, URL: s.URL(Admin, AdminPassword, name)}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// URL is how a user connects to a database, as DATABASE_URL is written.
func (s *Server) URL(name, password, database string) string {
	if s.Kind == "sqlite" {
		return "sqlite:///" + filepath.Join(s.dir, database)
	}
	u := url.URL{Scheme: s.Kind, User: url.UserPassword(name, password), Host: fmt.Sprintf("127.0.0.1:%d", s.Port), Path: "/" + database}
	return u.String()
}

// Must runs statements; the test ends where one fails.
func (d *Database) Must(t testing.TB, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := d.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// Int returns the one number that a query returns.
func (d *Database) Int(t testing.TB, query string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := d.QueryRow(query, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}
