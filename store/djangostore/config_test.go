// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestUnmarshalCaddyfile holds what is written to what the JSON says, and each
// mistake to its sentence.
func TestUnmarshalCaddyfile(t *testing.T) {
	for input, want := range map[string]string{
		"django {env.DATABASE_URL}": `{"dsn":"{env.DATABASE_URL}"}`,
		`django mysql://u@h/d {
			user_table people_user
			active_field enabled
			password_field hash
			schema auth
			time_zone Europe/Berlin
			max_connections 7
			timeout 1s
		}`: `{"dsn":"mysql://u@h/d","user_table":"people_user","active_field":"enabled","password_field":"hash",` +
			`"schema":"auth","time_zone":"Europe/Berlin","max_connections":7,"timeout":1000000000}`,
		"django":                    "takes the database's URL",
		`django ""`:                 "takes the database's URL",
		"django a b":                "takes the database's URL",
		"django a {\nuser_table\n}": "user_table takes one value",
		"django a {\nuser_table b\nuser_table c\n}": "user_table is given twice",
		"django a {\ntable b\n}":                    "no setting table",
		"django a {\nmax_connections 0\n}":          "from 1 to 1000",
		"django a {\nmax_connections many\n}":       "from 1 to 1000",
		"django a {\ntimeout 300\n}":                "has no unit",
		"django a {\ntimeout soon\n}":               "is not a duration",
		"django a {\ntimeout 11s\n}":                "out of range",
		"django a {\ntimeout 0s\n}":                 "out of range",
	} {
		var s Store
		err := s.UnmarshalCaddyfile(caddyfile.NewTestDispenser(input))
		if err != nil {
			if strings.HasPrefix(want, "{") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", input, err, want)
			}
			continue
		}
		got, _ := json.Marshal(&s)
		if string(got) != want {
			t.Errorf("%s: %s, want %s", input, got, want)
		}
	}
}

func provision(t testing.TB, s *Store) error {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if err := s.Cleanup(); err != nil {
			t.Errorf("Cleanup: %v", err)
		}
	})
	return s.Provision(ctx)
}

// TestProvision refuses settings that cannot be meant, and dials nothing: the
// hosts are nowhere.
func TestProvision(t *testing.T) {
	t.Setenv("EMPTY", "")
	t.Setenv("SECRET_URL", "postgres://u:s3cr#zzet@h/d")
	for name, tc := range map[string]struct {
		store Store
		want  string // "" passes
	}{
		"plain":              {Store{DSN: "postgres://nowhere.invalid/d"}, ""},
		"all":                {Store{DSN: "mysql://u:p@nowhere.invalid/d", UserTable: "Ünï x", Schema: "s", TimeZone: "Asia/Kathmandu", MaxConnections: 3, Timeout: 1}, ""},
		"nothing":            {Store{}, "write store django {env.DATABASE_URL}"},
		"empty placeholder":  {Store{DSN: "{env.EMPTY}"}, "{env.EMPTY} is empty"},
		"unknown":            {Store{DSN: "postgres://{nope}@h/d"}, "unknown or empty"},
		"broken secret":      {Store{DSN: "{env.SECRET_URL}"}, "percent-encoded"},
		"other database":     {Store{DSN: "ldap://h/d"}, "write postgres://, mysql:// or sqlite://"},
		"zone":               {Store{DSN: "mysql://h/d", TimeZone: "Mars/Olympus"}, "write Django's TIME_ZONE"},
		"the machine's zone": {Store{DSN: "mysql://h/d", TimeZone: "Local"}, "write Django's TIME_ZONE"},
		"quotes":             {Store{DSN: "mysql://h/d", UserTable: "a`b"}, "user_table is not a name"},
		"hole":               {Store{DSN: "mysql://h/d", ActiveField: "a?"}, "active_field is not a name"},
		"control":            {Store{DSN: "mysql://h/d", PasswordField: "a\nb"}, "password_field is not a name"},
		"long":               {Store{DSN: "mysql://h/d", Schema: strings.Repeat("x", 65)}, "schema is not a name"},
		"dotted":             {Store{DSN: "mysql://h/d", UserTable: "auth.user"}, "write what is before it as schema"},
		"schema of a file":   {Store{DSN: "sqlite:////d", Schema: "s"}, "delete the line schema"},
		"connections":        {Store{DSN: "mysql://h/d", MaxConnections: -1}, "from 1 to 1000"},
		"timeout":            {Store{DSN: "mysql://h/d", Timeout: caddy.Duration(time.Minute)}, "out of range"},
	} {
		before := tc.store.DSN
		s := tc.store
		err := provision(t, &s)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
		if err != nil && strings.Contains(err.Error(), "s3cr") {
			t.Errorf("%s: the error %q holds the password", name, err)
		}
		if s.DSN != before {
			t.Errorf("%s: Provision wrote %q into the exported field", name, s.DSN)
		}
	}
}

// TestPool shares connections between stores that differ in anything but them.
func TestPool(t *testing.T) {
	a := &Store{DSN: "mysql://u:p@nowhere.invalid/d"}
	b := &Store{DSN: "mysql://u:p@nowhere.invalid/d", UserTable: "people", Timeout: caddy.Duration(time.Second)}
	c := &Store{DSN: "mysql://u:q@nowhere.invalid/d"}
	for _, s := range []*Store{a, b, c} {
		if err := provision(t, s); err != nil {
			t.Fatal(err)
		}
	}
	if a.pool != b.pool || a.pool == c.pool {
		t.Errorf("pools: a %p, b %p, c %p; want a and b the same, c another", a.pool, b.pool, c.pool)
	}
	if err := (&Store{}).Cleanup(); err != nil {
		t.Errorf("Cleanup of a store that was never provisioned: %v", err)
	}
}

// TestSetBackend: a store that is told nothing has defaults, and what it is told is
// refused where it would have to guess.
func TestSetBackend(t *testing.T) {
	s := &Store{DSN: "mysql://nowhere.invalid/d"}
	if err := provision(t, s); err != nil {
		t.Fatal(err)
	}
	if s.names.userID != "id" || s.backend.RecordsOwner {
		t.Errorf("told nothing: column %q, %+v", s.names.userID, s.backend)
	}
	want := store.Backend{UserIDField: "public_id", RecordsOwner: true, LooksUpOwner: true}
	if err := s.SetBackend(want); err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{`id"; --`, ""} {
		if err := s.SetBackend(store.Backend{UserIDField: column}); err == nil || !strings.Contains(err.Error(), "user_id_field is not a name") {
			t.Errorf("column %q: %v", column, err)
		}
	}
	if s.names.userID != "public_id" || s.backend != want {
		t.Errorf("after what was refused: column %q, %+v", s.names.userID, s.backend)
	}
}
