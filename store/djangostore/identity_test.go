// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"testing"

	"go.uber.org/zap"
)

// TestIdentity: URLs that lead to one database have one identity, and others
// have another. None shows who logs in.
func TestIdentity(t *testing.T) {
	identity := func(dsn string) string {
		t.Helper()
		s := &Store{DSN: dsn, logger: zap.NewNop()}
		l, err := s.resolve()
		if err != nil {
			t.Fatalf("%s: %v", dsn, err)
		}
		return l.engine.identity()
	}
	for _, tc := range []struct {
		a, b string
		same bool
	}{
		{"postgres://edge:secret@db:5432/app", "postgresql://django@DB/app?sslmode=disable", true},
		{"postgres://edge:secret@db:5432/app", "postgres://edge:secret@db:5432/other", false},
		{"postgres://edge:secret@db:5432/app", "postgres://edge:secret@db:5433/app", false},
		{"postgres://edge:secret@db/app", "mysql://edge:secret@db/app", false},
		{"mysql://edge:secret@db/app", "mysql2://django@db:3306/app", true},
		{"mysql://edge:secret@db/app", "mysql://edge:secret@db2/app", false},
		{"sqlite:////srv/app.sqlite3", "sqlite:////srv/./app.sqlite3", true},
		{"sqlite:////srv/app.sqlite3", "sqlite:////srv/other.sqlite3", false},
	} {
		if got := identity(tc.a) == identity(tc.b); got != tc.same {
			t.Errorf("%s and %s: the same is %v, want %v", tc.a, tc.b, got, tc.same)
		}
	}
	if got, want := identity("postgres://edge:secret@db/app"), "postgres db 5432 app"; got != want {
		t.Errorf("identity %q, want %q", got, want)
	}
}
