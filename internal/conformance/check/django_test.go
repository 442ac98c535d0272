// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// database is a project on a server, and the user that the edge logs in as.
type database struct {
	*djangotest.Project
	t    *testing.T
	kind string
}

// leastPrivilege is what docs/stores.md tells an operator to run.
var leastPrivilege = map[string][]string{
	"postgres": {
		`CREATE ROLE edge LOGIN PASSWORD '` + edgePassword + `'`,
		`GRANT SELECT, INSERT ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO edge`,
		`GRANT SELECT (id, is_active) ON auth_user TO edge`,
	},
	"mysql": {
		`CREATE USER edge IDENTIFIED BY '` + edgePassword + `'`,
		`GRANT SELECT, INSERT ON token_blacklist_outstandingtoken TO edge`,
		`GRANT SELECT, INSERT ON token_blacklist_blacklistedtoken TO edge`,
		`GRANT SELECT (id, is_active) ON auth_user TO edge`,
	},
}

// settings are those of a site on the database, logged in as edge.
func (d *database) settings(url string) string {
	d.t.Setenv("CHECK_DATABASE", url)
	return "signing_key {env.CHECK_KEY}\nsimplejwt_version 5.5\nrotate_refresh_tokens\nblacklist_after_rotation\nreuse_grace 10s\n" +
		"store django {env.CHECK_DATABASE}"
}

func (d *database) url(password, name string) string {
	return d.Database.Server.URL("edge", password, name)
}

// rows are all rows that the edge could have touched.
func (d *database) rows() string {
	d.t.Helper()
	var all strings.Builder
	for _, query := range []string{
		"SELECT id, user_id, jti, token, created_at, expires_at FROM token_blacklist_outstandingtoken ORDER BY id",
		"SELECT id, token_id, blacklisted_at FROM token_blacklist_blacklistedtoken ORDER BY id",
		"SELECT id, is_active, password FROM auth_user ORDER BY id",
	} {
		rows, err := d.Database.Query(query)
		if err != nil {
			fmt.Fprintln(&all, "no table")
			continue
		}
		columns, err := rows.Columns()
		if err != nil {
			d.t.Fatal(err)
		}
		for rows.Next() {
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				d.t.Fatal(err)
			}
			fmt.Fprintln(&all, row...)
		}
		if err := rows.Err(); err != nil {
			d.t.Fatal(err)
		}
	}
	return all.String()
}

// wants runs the command and compares what it says, and the rows before and after.
func (d *database) wants(settings, token string, want ...string) {
	d.t.Helper()
	before := d.rows()
	wants(d.t, settings, token, want...)
	if after := d.rows(); after != before {
		d.t.Errorf("it has written: before\n%safter\n%s", before, after)
	}
}

// login is a refresh token that Django hands out, for a user who is made.
func (d *database) login(name string) string {
	return d.Python(d.t, `
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken
user, _ = get_user_model().objects.get_or_create(username="`+name+`")
print(RefreshToken.for_user(user))`)
}

var abouts = map[string]string{"postgres": "PostgreSQL", "mysql": "MariaDB", "sqlite": "SQLite"}

const (
	signed  = "ok: the token is signed with the key of signing_key"
	passes  = "ok: a client with this token would get 200 with an access token and a new refresh token"
	refused = "note: a client with this token would get 401 and the body "
)

// TestDjango runs everything on each kind of database.
func TestDjango(t *testing.T) {
	for _, kind := range djangotest.Kinds {
		t.Run(kind, func(t *testing.T) {
			server := djangotest.Start(t, kind, false)
			d := &database{t: t, kind: kind, Project: &djangotest.Project{Release: "5.5", Database: server.Create(t, "")}}
			d.Migrate(t)
			d.Database.Must(t, leastPrivilege[kind]...)
			t.Run("Tokens", func(t *testing.T) { d.t = t; d.tokens() })
			if kind != "sqlite" { // a file has no users and no rights of its own
				t.Run("Logins", func(t *testing.T) { d.t = t; d.logins() })
				t.Run("Rights", func(t *testing.T) { d.t = t; d.rights() })
				t.Run("Clock", func(t *testing.T) { d.t = t; d.clock() })
			}
			t.Run("Tables", func(t *testing.T) { d.t = t; d.tables() })
		})
	}
}

func (d *database) answers() string {
	return "ok: store django answers and grants the rights that the edge needs (" + abouts[d.kind] + ")"
}

// tokens looks at tokens of Django's, good and bad.
func (d *database) tokens() {
	settings := d.settings(d.url(edgePassword, d.Database.Name))
	token := d.login("ann")
	d.wants(settings, token, d.answers(), signed, passes)
	d.wants(settings+"\naudience shop", token, d.answers(), signed,
		`wrong: the token is refused: it has no aud, and audience is "shop": write the AUDIENCE of SIMPLE_JWT`,
		refused+`{"detail":"Token is invalid","code":"token_not_valid"}`)
	d.wants(settings+"\ntoken_type_claim kind", token, d.answers(), signed,
		"wrong: the token is refused: it has no claim kind, and token_type_claim names it: write the TOKEN_TYPE_CLAIM of SIMPLE_JWT; its claims are token_type, exp, iat, jti, user_id",
		refused+`{"detail":"Token has no type","code":"token_not_valid"}`)
	d.wants(settings+"\nalgorithm HS512\nallow_short_key", token, d.answers(),
		`wrong: the token is refused: its alg is "HS256", and the keys here are for HS512: write algorithm HS256 and its key, if ALGORITHM in SIMPLE_JWT is that`,
		refused+`{"detail":"Token is invalid","code":"token_not_valid"}`)
	d.t.Setenv("CHECK_OTHER_KEY", "another secret of thirty-two bytes and more")
	d.wants(strings.Replace(settings, "CHECK_KEY", "CHECK_OTHER_KEY", 1), token, d.answers(),
		"wrong: the token is refused: its signature fits no key here (signing_key for HS256): give signing_key the value of SIGNING_KEY in SIMPLE_JWT, "+
			"which is SECRET_KEY by default, or name a key that was replaced with previous_key",
		refused+`{"detail":"Token is invalid","code":"token_not_valid"}`)

	d.Python(d.t, `
from django.contrib.auth import get_user_model
get_user_model().objects.filter(username="ann").update(is_active=False)`)
	d.wants(settings, token, d.answers(), signed,
		"wrong: the token is refused: its user is not active: look at the user in Django, or at active_field",
		refused+`{"detail":"No active account found for the given token."}`)
	d.Python(d.t, `
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.tokens import RefreshToken
get_user_model().objects.filter(username="ann").update(is_active=True)
RefreshToken("`+token+`").blacklist()`)
	d.wants(settings, token, d.answers(), signed,
		"wrong: the token is refused: its session has ended, by a logout, by an operator or in Django, or its user was logged out everywhere: the user has to log in again",
		refused+`{"detail":"Token is blacklisted","code":"token_not_valid"}`)
	d.wants(settings, d.login("ann"), d.answers(), signed, passes)
}

// logins tries wrong URLs.
func (d *database) logins() {
	const lookAtHost = "look at the host and the port in the database's URL"
	want := map[string][3]string{
		"postgres": {
			`wrong: store django: password authentication failed for user "edge" (28P01): look at the user and the password in the database's URL, at sslmode, and at sslcert and sslkey if the server wants a client certificate`,
			`wrong: store django: database "nowhere" does not exist (3D000): look at the name in the database's URL`,
			"wrong: store django: failed to connect to `user=edge database=DATABASE`: HOST (127.0.0.1): dial error: dial tcp HOST: connect: connection refused " +
				"HOST (127.0.0.1): dial error: dial tcp HOST: connect: connection refused: " + lookAtHost,
		},
		"mysql": {
			"wrong: store django: Access denied for user 'edge'@'127.0.0.1' (using password: YES) (1045): look at the user and the password in the database's URL, and at ssl-cert and ssl-key if the user has REQUIRE X509",
			"wrong: store django: Access denied for user 'edge'@'%' to database 'nowhere' (1044): let this user into the database",
			"wrong: store django: the connection failed: dial tcp HOST: connect: connection refused: " + lookAtHost,
		},
	}[d.kind]
	d.wants(d.settings(d.url("wrong", d.Database.Name)), "", want[0])
	d.wants(d.settings(d.url(edgePassword, "nowhere")), "", want[1])
	free := strings.Replace(d.url(edgePassword, d.Database.Name), fmt.Sprintf(":%d/", d.Database.Server.Port), ":1/", 1)
	d.wants(d.settings(free), "", want[2])
}

// rights takes each right away and gives it back.
func (d *database) rights() {
	settings := d.settings(d.url(edgePassword, d.Database.Name))
	user := map[string]string{"postgres": "edge", "mysql": "'edge'@'%'"}[d.kind]
	for _, right := range []struct{ revoke, grant, want string }{
		{
			"REVOKE INSERT ON token_blacklist_blacklistedtoken FROM edge", "GRANT INSERT ON token_blacklist_blacklistedtoken TO edge",
			"wrong: store django: the user " + user + " may not write the table token_blacklist_blacklistedtoken: run GRANT SELECT, INSERT ON token_blacklist_blacklistedtoken TO " + user,
		},
		{
			"REVOKE SELECT ON token_blacklist_outstandingtoken FROM edge", "GRANT SELECT ON token_blacklist_outstandingtoken TO edge",
			"wrong: store django: the user " + user + " may not read all of the table token_blacklist_outstandingtoken: " +
				"run GRANT SELECT (id, token, created_at, expires_at, jti) ON token_blacklist_outstandingtoken TO " + user,
		},
		{
			"REVOKE SELECT (is_active) ON auth_user FROM edge", "GRANT SELECT (is_active) ON auth_user TO edge", "",
		},
	} {
		d.Database.Must(d.t, right.revoke)
		want := right.want
		if want == "" {
			want = map[string]string{
				"postgres": "wrong: store django: the user edge may not read all of the table auth_user: run GRANT SELECT (is_active) ON auth_user TO edge",
				"mysql": "wrong: store django: the table auth_user has no column is_active: look at user_id_field, active_field and password_field, " +
					"or run GRANT SELECT (is_active) ON auth_user TO 'edge'@'%' if it is there",
			}[d.kind]
		}
		d.wants(settings, "", want)
		d.Database.Must(d.t, right.grant)
		d.wants(settings, "", d.answers())
	}
	if d.kind == "postgres" {
		d.Database.Must(d.t, "ALTER TABLE token_blacklist_outstandingtoken ALTER id DROP IDENTITY", "CREATE SEQUENCE ids OWNED BY token_blacklist_outstandingtoken.id",
			"ALTER TABLE token_blacklist_outstandingtoken ALTER id SET DEFAULT nextval('ids')")
		d.wants(settings, "", "wrong: store django: the user edge may not use the sequence of the table token_blacklist_outstandingtoken: run GRANT USAGE ON SEQUENCE public.ids TO edge")
		d.Database.Must(d.t, "GRANT USAGE ON SEQUENCE ids TO edge")
		d.wants(settings, "", d.answers())
	}
}

// clock sets the server's clock forward by a minute, as the edge sees it.
func (d *database) clock() {
	switch d.kind {
	case "postgres":
		d.Database.Must(d.t, "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT pg_catalog.now() + interval ''1 minute'''",
			"ALTER ROLE edge SET search_path = public, pg_catalog")
		defer d.Database.Must(d.t, "ALTER ROLE edge RESET search_path", "DROP FUNCTION public.now()")
	case "mysql":
		d.Database.Must(d.t, "SET GLOBAL init_connect = 'SET timestamp = UNIX_TIMESTAMP() + 60'")
		defer d.Database.Must(d.t, "SET GLOBAL init_connect = ''")
	}
	d.wants(d.settings(d.url(edgePassword, d.Database.Name)), "",
		"wrong: store django: its clock is 1m0s ahead of this machine's, so tokens expire and sessions end at the wrong time: check NTP on both", d.answers())
}

// tables looks at a database without the app's tables, and for the wrong user table.
func (d *database) tables() {
	settings := d.settings(d.url(edgePassword, d.Database.Name))
	missing := func(table, columns, cure string) string {
		line := "wrong: store django: there is no table " + table + " that this user may see: " + cure
		if d.kind == "mysql" {
			line += ", or run GRANT SELECT (" + columns + ") ON " + table + " TO 'edge'@'%' if it is there"
		}
		return line
	}
	d.wants(settings+" {\nuser_table people\n}", "",
		missing("people", "id, is_active", "write the table of AUTH_USER_MODEL as user_table, or set schema"))
	d.Database.Must(d.t, "DROP TABLE token_blacklist_blacklistedtoken", "DROP TABLE token_blacklist_outstandingtoken")
	const cure = "add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set schema"
	d.wants(settings, "",
		missing("token_blacklist_outstandingtoken", "id, jti, token, created_at, expires_at", cure),
		missing("token_blacklist_blacklistedtoken", "id, token_id, blacklisted_at", cure))
}
