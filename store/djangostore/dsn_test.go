// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
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
		return strings.Join([]string{"postgres", c.User, c.Password, c.Host, itoa(int(c.Port)), c.Database, tls}, "|")
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

// TestParseDSN reads URLs as DATABASE_URL is written, passwords with anything in
// them included.
func TestParseDSN(t *testing.T) {
	for _, name := range []string{"PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGSSLMODE", "PGSERVICE"} {
		t.Setenv(name, "")
	}
	for dsn, want := range map[string]string{
		"postgres://u:p@h:6432/d?sslmode=disable":             "postgres|u|p|h|6432|d|plain",
		"postgresql://u:p%40%2F%3F%23%25@h/d?sslmode=require": "postgres|u|p@/?#%|h|5432|d|tls",
		"pgsql://u:p@[::1]:5433/d?sslmode=disable":            "postgres|u|p|::1|5433|d|plain",
		"POSTGRES://u:p@%2Fvar%2Frun%2Fpostgresql/d":          "postgres|u|p|/var/run/postgresql|5432|d|plain",
		"postgres://u:p@/d?host=/tmp&port=5555":               "postgres|u|p|/tmp|5555|d|plain",
		"mysql://u:p@h/d":                                     "mysql|u|p|tcp|h:3306|d|plain",
		"mysql2://u:p%3A%40@[::1]:3307/d?charset=utf8mb4":     "mysql|u|p:@|tcp|[::1]:3307|d|plain",
		"mysql://u:p@h/d?ssl-mode=required":                   "mysql|u|p|tcp|h:3306|d|unverified",
		"mysql://u:p@h/d?ssl_mode=VERIFY_IDENTITY":            "mysql|u|p|tcp|h:3306|d|tls h",
		"mysql://u:p@%2frun%2fmysqld%2fmysqld.sock/d":         "mysql|u|p|unix|/run/mysqld/mysqld.sock|d|plain",
		"mysql://u@/d?unix_socket=/run/my.sock":               "mysql|u||unix|/run/my.sock|d|plain",
		"sqlite:///srv/app/db.sqlite3":                        "sqlite|/srv/app/db.sqlite3",
		"sqlite:////srv/app/my%20db.sqlite3":                  "sqlite|/srv/app/my db.sqlite3",
		"sqlite://db.sqlite3":                                 "! absolute path",
		"sqlite://:memory:":                                   "! absolute path",
		"sqlite:///":                                          "! absolute path",
		"sqlite:///a?mode=memory":                             "! absolute path",
		"postgres://u:s3cr/et@h/d":                            "! percent-encoded",
		"postgres://u:s3cr%et@h/d":                            "! percent-encoded",
		"postgres://u:p@h":                                    "! percent-encoded",
		"postgres://u:p@h/":                                   "! percent-encoded",
		"postgres://u:p@h/d/e":                                "! percent-encoded",
		"postgres://u:p@h/d#s3cr":                             "! percent-encoded",
		"postgres:h":                                          "! percent-encoded",
		"postgres://u:p@h/d?sslmode=maybe":                    "! look at sslmode",
		"postgres://u:p@h/d?pool_max_conns=3":                 "! has the option \"pool_max_conns\"",
		"mysql://u:p@h/d?allowAllFiles=true":                  "! has the option \"allowAllFiles\"",
		"mysql://u:p@h/d?ssl-mode=maybe":                      "! ssl-mode",
		"mysql://u:p@h/d?ssl-ca=/nowhere.pem":                 "! ssl-ca",
		"mssql://u:p@h/d":                                     "! no database that it knows",
	} {
		e, err := parseDSN(dsn)
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
}
