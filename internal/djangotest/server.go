// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	_ "github.com/go-sql-driver/mysql" // registers mysql
	_ "github.com/jackc/pgx/v5/stdlib" // registers pgx
	_ "modernc.org/sqlite"             // registers sqlite
)

// Kinds are the databases, by the scheme of their URLs.
var Kinds = []string{"postgres", "mysql", "sqlite"}

// Server is a database server, or for SQLite a directory.
type Server struct {
	// Kind is one of Kinds.
	Kind string

	// Port is where it listens.
	Port int

	// Log is the file that its output goes to.
	Log string

	owner   testing.TB // whose end is the server's end
	dir     string
	as      *account
	args    []string
	command string
	process *process
}

// Admin is the superuser that every server has, and his password.
const (
	Admin         = "admin"
	AdminPassword = "p@ss/w%rd?"
)

// Start starts a server of a kind. It does not sync its files to the disk unless
// durable is set.
func Start(t testing.TB, kind string, durable bool) *Server {
	t.Helper()
	s := &Server{Kind: kind, Port: freePort(t), owner: t}
	switch kind {
	case "postgres":
		s.preparePostgres(t, durable)
	case "mysql":
		s.prepareMariaDB(t, durable)
	case "sqlite":
		s.dir = (*account)(nil).dir(t)
		return s
	default:
		t.Fatalf("there is no kind %q", kind)
	}
	s.Run(t)
	return s
}

func (s *Server) preparePostgres(t testing.TB, durable bool) {
	bin := filepath.Dir(find(t, "/usr/lib/postgresql/*/bin/postgres", "postgres"))
	s.as = accountOf(t, "postgres")
	s.dir = s.as.dir(t)
	data, secret := filepath.Join(s.dir, "data"), filepath.Join(s.dir, "secret")
	if err := os.WriteFile(secret, []byte(AdminPassword), 0o644); err != nil {
		t.Fatal(err)
	}
	s.as.run(t, s.dir, filepath.Join(bin, "initdb"), "-D", data, "-U", Admin, "--pwfile", secret, "-A", "scram-sha-256", "-E", "UTF8", "--locale=C", "-N")
	s.command = filepath.Join(bin, "postgres")
	s.args = []string{"-D", data, "-k", s.dir, "-h", "127.0.0.1", "-p", fmt.Sprint(s.Port), "-c", "max_connections=200"}
	if !durable {
		s.args = append(s.args, "-c", "fsync=off", "-c", "full_page_writes=off")
	}
}

func (s *Server) prepareMariaDB(t testing.TB, durable bool) {
	s.as = accountOf(t, "mysql")
	s.dir = s.as.dir(t)
	data := filepath.Join(s.dir, "data")
	s.as.run(t, s.dir, find(t, "mariadb-install-db", "mysql_install_db"), "--no-defaults", "--datadir="+data, "--auth-root-authentication-method=normal", "--skip-test-db")
	s.command = find(t, "mariadbd", "mysqld", "/usr/sbin/mariadbd", "/usr/sbin/mysqld")
	grant := filepath.Join(s.dir, "init.sql")
	text := fmt.Sprintf("CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s'; GRANT ALL ON *.* TO '%s'@'%%' WITH GRANT OPTION;\n",
		Admin, AdminPassword, Admin)
	if err := os.WriteFile(grant, []byte(strings.ReplaceAll(text, "; GRANT", ";\nGRANT")), 0o644); err != nil {
		t.Fatal(err)
	}
	s.args = []string{
		"--no-defaults", "--datadir=" + data, "--socket=" + filepath.Join(s.dir, "sock"), "--bind-address=127.0.0.1",
		fmt.Sprintf("--port=%d", s.Port), "--init-file=" + grant, "--pid-file=" + filepath.Join(s.dir, "pid"), "--max-connections=300",
		"--skip-log-bin", "--innodb-buffer-pool-size=64M", "--performance-schema=off", "--skip-name-resolve",
	}
	if !durable {
		s.args = append(s.args, "--innodb-flush-log-at-trx-commit=2")
	}
}

// Run starts the server again after Stop, on the same port and files.
func (s *Server) Run(t testing.TB, more ...string) {
	t.Helper()
	s.Log = filepath.Join(s.dir, "log")
	s.process = start(s.owner, s.Log, s.command, s.as, nil, append(slices.Clip(s.args), more...)...)
	await(t, s.process, s.Log, func() error {
		db := s.open(t, s.first())
		defer db.Close()
		return db.Ping()
	})
}

// Stop stops the server as its operator would, or, hard, as a crash would.
func (s *Server) Stop(hard bool) {
	switch {
	case hard && s.Kind == "postgres":
		s.process.stop(syscall.SIGQUIT) // immediate: its children would outlive a SIGKILL
	case hard:
		s.process.stop(syscall.SIGKILL)
	case s.Kind == "postgres":
		s.process.stop(syscall.SIGINT) // fast
	default:
		s.process.stop(syscall.SIGTERM)
	}
}

func (s *Server) first() string {
	if s.Kind == "postgres" {
		return "postgres"
	}
	return "mysql"
}

func (s *Server) open(t testing.TB, database string) *sql.DB {
	t.Helper()
	driver, dsn := "sqlite", filepath.Join(s.dir, database)+"?_pragma=busy_timeout(20000)&_pragma=foreign_keys(1)"
	switch s.Kind {
	case "postgres":
		driver, dsn = "pgx", s.URL(Admin, AdminPassword, database)
	case "mysql":
		driver, dsn = "mysql", fmt.Sprintf("%s:%s@tcp(127.0.0.1:%d)/%s?multiStatements=true", Admin, AdminPassword, s.Port, database)
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	return db
}
