// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// describe puts what became of a URL into one line.
func describe(e engine) string {
	switch e := e.(type) {
	case *postgres:
		c := e.config
		tls := "plain"
		if c.TLSConfig != nil {
			tls = "tls"
		}
		hosts, ports := c.Host, strconv.Itoa(int(c.Port))
		for _, f := range c.Fallbacks {
			if f.TLSConfig != nil || tls == "plain" {
				hosts, ports = hosts+","+f.Host, ports+","+strconv.Itoa(int(f.Port))
			}
		}
		line := strings.Join([]string{"postgres", c.User, c.Password, hosts, ports, c.Database, tls}, "|")
		for _, name := range []string{"search_path", "options", "role"} {
			if v := c.RuntimeParams[name]; v != "" {
				line += "|" + name + "=" + v
			}
		}
		return line
	case *mysqlEngine:
		c := e.config
		tls := "plain"
		if c.TLS != nil {
			tls = "tls " + c.TLS.ServerName
			if c.TLS.InsecureSkipVerify {
				tls = "unverified"
			}
		}
		return strings.Join([]string{"mysql", c.User, c.Passwd, c.Net, c.Addr, c.DBName, tls}, "|")
	case *sqlite:
		return "sqlite|" + e.path
	}
	return "?"
}

// cleanEnvironment takes away what pgx would read beside the URL.
func cleanEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSERVICE", "PGOPTIONS"} {
		t.Setenv(name, "")
	}
}

// TestParseDSN reads URLs as DATABASE_URL is written, and refuses those that
// cannot be meant, with the cure. The secret in them is s3cr.
func TestParseDSN(t *testing.T) {
	cleanEnvironment(t)
	const plain = "?sslmode=disable"
	for dsn, want := range map[string]string{
		"postgres://u:p@h:6432/d?sslmode=disable":             "postgres|u|p|h|6432|d|plain",
		"postgresql://u:p%40%2F%3F%23%25@h/d?sslmode=require": "postgres|u|p@/?#%|h|5432|d|tls",
		"POSTGRES://u:p@[::1]:5433/d" + plain:                 "postgres|u|p|::1|5433|d|plain",
		"postgres://u:p@%2Fvar%2Frun%2Fpostgresql:5433/d":     "postgres|u|p|/var/run/postgresql|5433|d|plain",
		"postgres://u:p@/d?host=/tmp&port=5555":               "postgres|u|p|/tmp|5555|d|plain",
		`postgres://u:'\ %@h/d` + plain:                       `postgres|u|'\ %|h|5432|d|plain`,
		"mysql://u:p@h/d":                                     "mysql|u|p|tcp|h:3306|d|plain",
		"mysql2://u:p%3A%40@[::1]:3307/d?charset=utf8mb4":     "mysql|u|p:@|tcp|[::1]:3307|d|plain",
		"mysql://u:p@h/d?ssl-mode=required":                   "mysql|u|p|tcp|h:3306|d|unverified",
		"mysql://u:p@h/d?ssl_mode=VERIFY_IDENTITY":            "mysql|u|p|tcp|h:3306|d|tls h",
		"mysql://u:p@%2frun%2fmysqld%2fmysqld.sock:3306/d":    "mysql|u|p|unix|/run/mysqld/mysqld.sock|d|plain",
		"mysql://u@/d?unix_socket=/run/my.sock":               "mysql|u||unix|/run/my.sock|d|plain",
		"sqlite:////srv/app/my%20db.sqlite3?timeout=20":       "sqlite|/srv/app/my db.sqlite3",
		"spatialite:////srv/app/geo.sqlite3":                  "sqlite|/srv/app/geo.sqlite3",
		"sqlite:///db.sqlite3":                                "! write four slashes",
		"sqlite:///srv/app/db.sqlite3":                        "! write four slashes",
		"sqlite://db.sqlite3":                                 "! four slashes and the absolute path",
		"sqlite:////":                                         "! four slashes and the absolute path",
		"sqlite:////a?mode=memory":                            `! has the option "mode"`,
		"postgres://u:s3cr/et@h/d":                            "! percent-encoded",
		"postgres://u:s3cr?et@h/d":                            "! percent-encoded",
		"postgres://u:p@h":                                    "! percent-encoded",
		"postgres://u:p@h/":                                   "! percent-encoded",
		"postgres://u:p@h/d/e":                                "! percent-encoded",
		"postgres://u:p@h/d#s3cr":                             "! percent-encoded",
		"postgres://u:p@h:s3cr/d":                             "! percent-encoded",
		"postgres://u:p@[::1/d":                               "! percent-encoded",
		"postgres:h":                                          "! percent-encoded",
		"postgres://u:p@h/d?sslmode=maybe":                    "! look at sslmode",
		"postgres://u:p@h/d?pool_max_conns=3":                 `! has the option "pool_max_conns"`,
		"postgres://u:p@h/d?sslcrl=s3":                        `! has the option "sslcrl"`,
		"mysql://u:p@h/d?allowAllFiles=true":                  `! has the option "allowAllFiles"`,
		"mysql://u:p@h/d?read_default_file=s3":                `! has the option "read_default_file"`,
		"mysql://u:p@h,i/d":                                   "! percent-encoded",
		"mysql://u:p@h/d?ssl-mode=maybe":                      "! ssl-mode",
		"mysql://u:p@h/d?ssl-ca=/nowhere.pem":                 "! ssl-ca",
		"mysql://u:p@h/d?ssl-cert=/nowhere.pem":               "! ssl-cert",
		"mysql://u:p@h/d?ssl_key=/nowhere.pem":                "! ssl-key",
		"mysql://u:p@h/d?ssl-mode=VERIFY_CA":                  "mysql|u|p|tcp|h:3306|d|unverified",
		"mysql://u:p@h/d?sslmode=require":                     `! has the option "sslmode"`,
		"postgres://u:p@h/d?sslrootcert=/nowhere.pem":         "! sslrootcert",
		"postgres://u:p@h/d?sslcert=/nowhere.pem":             "! sslcert",
		"sqlite:db.sqlite3":                                   "! four slashes and the absolute path",
		"sqlite:/srv/app/db.sqlite3":                          "! four slashes and the absolute path",
		"sqlite:///relative/db.sqlite3?timeout=20":            "! write four slashes",
		"mssql://u:s3cr@h/d":                                  `! "mssql" is SQL Server`,
		"cockroachdb://u:s3cr@h/d":                            "! are not tested",
		"redshift://u:s3cr@h/d":                               "! no unique keys",
		"mariadb+pymysql://u:s3cr@h/d":                        "! write mysql://",
		"mysql+pymysql://u:s3cr@h/d":                          "! write mysql://",
		"postgresql+psycopg2://u:s3cr@h/d":                    "! write postgresql://",
	} {
		wantDSN(t, dsn, want)
	}
}

func wantDSN(t *testing.T, dsn, want string) {
	t.Helper()
	e, _, err := parseDSN(dsn)
	got := ""
	if err == nil {
		got = describe(e)
	}
	if problem, refused := strings.CutPrefix(want, "! "); refused {
		if err == nil || !strings.Contains(err.Error(), problem) || strings.Contains(err.Error(), "s3cr") {
			t.Errorf("%s: %q, %v; want an error that says %q and no secret", dsn, got, err, problem)
		}
	} else if err != nil || got != want {
		t.Errorf("%s: %q, %v; want %q", dsn, got, err, want)
	}
}

// TestParseDSNLibraries holds the edge to what dj-database-url 3.1 and
// django-environ 0.13 make of URLs of each form that their own tests have.
// Where the two disagree, and where they put up with what no URL is, the edge
// refuses, with the cure.
func TestParseDSNLibraries(t *testing.T) {
	cleanEnvironment(t)
	dir := t.TempDir()
	t.Setenv("PGSERVICEFILE", filepath.Join(dir, "services"))
	for name, text := range map[string]string{"services": "[shop]\nhost=db.example.net\nport=5439\nsslmode=disable\n", "pass": "*:*:*:*:filed\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const off = "?sslmode=disable"
	table := map[string]string{
		"postgres://u@%2Frun%2FPost%2FgreSQL/shop":                              "postgres|u||/run/Post/greSQL|5432|shop|plain",
		"postgres://u:p@%2Fcloudsql%2Fproject%3Aregion%3Ainstance/shop":         "postgres|u|p|/cloudsql/project:region:instance|5432|shop|plain",
		"postgres://u:p@//cloudsql/project-1:region:instance/shop":              "postgres|u|p|/cloudsql/project-1:region:instance|5432|shop|plain",
		"postgres://u:p@[2001:db8::5678:90af]:5431/shop" + off:                  "postgres|u|p|2001:db8::5678:90af|5431|shop|plain",
		"postgres://%23u:%23p@h/%23shop" + off:                                  "postgres|#u|#p|h|5432|#shop|plain",
		"postgres://u%40d:p%23!@h/shop" + off:                                   "postgres|u@d|p#!|h|5432|shop|plain",
		"postgres://u:p@h/shop" + off + "&currentSchema=other":                  "postgres|u|p|h|5432|shop|plain|search_path=other",
		"postgres://u:p@h/shop" + off + "&options=-c%20search_path%3Dother":     "postgres|u|p|h|5432|shop|plain|options=-c search_path=other",
		"postgres://u:p@h/shop" + off + "&options=-c+search_path%3Dother":       "postgres|u|p|h|5432|shop|plain|options=-c search_path=other",
		"postgres://u:p@h/shop" + off + "&assume_role=web":                      "postgres|u|p|h|5432|shop|plain|role=web",
		"postgres://u@/shop?service=shop":                                       "postgres|u||db.example.net|5439|shop|plain",
		"postgres://u@h/shop" + off + "&passfile=" + dir + "/pass":              "postgres|u|filed|h|5432|shop|plain",
		"postgres://u:a@b:1,c@h1:111,22.5.4.8:222,[2001:db8::1]:333/shop" + off: "postgres|u|a@b:1,c|h1,22.5.4.8,2001:db8::1|111,222,333|shop|plain",
		"postgres://u@n1,n2,n3/shop" + off:                                      "postgres|u||n1,n2,n3|5432,5432,5432|shop|plain",
		"mysql-connector://u:p@h:5431/shop":                                     "mysql|u|p|tcp|h:5431|shop|plain",
		"mysqlgis://u:p@h:5431/shop":                                            "mysql|u|p|tcp|h:5431|shop|plain",
		"mysql://u@localhost/shop":                                              "mysql|u||tcp|localhost:3306|shop|plain",
		"mysql://u:]p]@h/shop":                                                  "mysql|u|]p]|tcp|h:3306|shop|plain",
		"mysql://u:50%off@h/shop":                                               "mysql|u|50%off|tcp|h:3306|shop|plain",
		"mysql://u:p@//cloudsql/project:region:instance/shop":                   "mysql|u|p|unix|/cloudsql/project:region:instance|shop|plain",
		"sqlite:////full/path/file.sqlite":                                      "sqlite|/full/path/file.sqlite",
		"mysql://u:><{~!@#$%^&*}[]@h:1234/shop":                                 "! percent-encoded",
		"postgres://u:passw#ord!@h/shop":                                        "! percent-encoded",
		"sqlite:///db.sqlite3":                                                  "! write four slashes",
		"sqlite://":                                                             "! four slashes",
		"sqlite://:memory:":                                                     "! four slashes",
		"sqlite://missing-slash-path":                                           "! four slashes",
	}
	for _, scheme := range []string{"postgres", "postgresql", "psql", "pgsql", "postgis", "timescale", "timescalegis"} {
		table[scheme+"://u:p@h:5431/shop"+off] = "postgres|u|p|h|5431|shop|plain"
	}
	for _, scheme := range []string{"oracle", "oraclegis", "mssql", "mssqlms", "pyodbc", "redshift", "cockroach", "cockroachdb"} {
		table[scheme+"://u:p@h:5431/shop"] = "! use store redis if nothing but edges"
	}
	for _, scheme := range []string{"ldap", "unknown"} {
		table[scheme+"://u:p@h:5431/shop"] = "! not a database that it knows"
	}
	for dsn, want := range table {
		wantDSN(t, dsn, want)
	}
}

// TestIgnoredOptions wants a word on each option that has no effect.
func TestIgnoredOptions(t *testing.T) {
	cleanEnvironment(t)
	for dsn, want := range map[string]string{
		"postgres://h/d?sslmode=disable": "",
		"postgres://h/d?CONN_MAX_AGE=None&autocommit=True&atomic_requests=False&conn_health_checks=true&disable_server_side_cursors=1": "CONN_MAX_AGE atomic_requests autocommit conn_health_checks disable_server_side_cursors",
		"postgres://h/d?server_side_binding=true&timeout=20&connect_timeout=3&isolation_level=4":                                       "connect_timeout isolation_level server_side_binding timeout",
		"mysql://h/d?init_command=SET default_storage_engine=INNODB;SET a=1&reconnect=true&isolation_level=read committed":             "init_command isolation_level reconnect",
		"sqlite:////d?timeout=20&transaction_mode=IMMEDIATE":                                                                           "timeout transaction_mode",
	} {
		_, ignored, err := parseDSN(dsn)
		if err != nil {
			t.Errorf("%s: %v", dsn, err)
			continue
		}
		names := make([]string, 0, len(ignored))
		for _, sentence := range ignored {
			var name string
			if _, err := fmt.Sscanf(sentence, "the option %s of the database's URL has no effect:", &name); err != nil {
				t.Errorf("%s: %q says something else", dsn, sentence)
			}
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: ignored %q, want %q", dsn, got, want)
		}
	}
}

// TestThreeSlashes: an absolute path behind sqlite://, less a slash, is taken
// where there is such a file, and nowhere else.
func TestThreeSlashes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.sqlite3")
	wantDSN(t, "sqlite://"+path, "! write four slashes")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	wantDSN(t, "sqlite://"+path, "sqlite|"+path)
}
