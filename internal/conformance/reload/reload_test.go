// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package reload

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// redis has users with several passwords.
type redis struct {
	t *testing.T
	*redistest.Server
}

func (r redis) add(password string) {
	r.t.Helper()
	r.Do("ACL", "SETUSER", "edge", "on", ">"+password, "~token_refresh:*", "+@all")
}

func (r redis) drop(password string) {
	r.t.Helper()
	r.Do("ACL", "SETUSER", "edge", "<"+password)
	r.Do("CLIENT", "KILL", "USER", "edge")
}

func (redis) both() bool { return true }

// TestRedis reads a user's password again.
func TestRedis(t *testing.T) {
	r := redis{t, redistest.Start(t)}
	e := start(t, r, "redis "+r.Addr+" {\n\t\t\tusername edge\n\t\t\tpassword {password}\n\t\t\ttimeout 10s\n\t\t}")
	e.rotated()
	e.late()
}

// TestRedisURL reads it again as a part of a URL.
func TestRedisURL(t *testing.T) {
	r := redis{t, redistest.Start(t)}
	e := start(t, r, "redis redis://edge:{password}@"+r.Addr+"/0 {\n\t\t\ttimeout 10s\n\t\t}")
	e.rotated()
	e.late()
}

// postgres has roles with one password.
type postgres struct {
	t *testing.T
	*djangotest.Database
	made bool
}

func (p *postgres) add(password string) {
	p.t.Helper()
	if !p.made {
		p.made = true
		p.Must(p.t, "CREATE ROLE edge LOGIN",
			"GRANT SELECT, INSERT ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO edge",
			"GRANT SELECT (id, is_active) ON auth_user TO edge")
	}
	p.Must(p.t, "ALTER ROLE edge PASSWORD '"+password+"'")
}

func (p *postgres) drop(string) {
	p.t.Helper()
	p.Must(p.t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'edge'")
}

func (*postgres) both() bool { return false }

// TestPostgres reads a role's password again.
func TestPostgres(t *testing.T) {
	server := djangotest.Start(t, "postgres", false)
	project := &djangotest.Project{Release: "5.3", Database: server.Create(t, "")}
	project.Migrate(t)
	dsn := fmt.Sprintf("postgres://edge:{password}@127.0.0.1:%d/%s", server.Port, project.Database.Name)
	e := start(t, &postgres{t: t, Database: project.Database}, "django "+dsn+" {\n\t\t\ttimeout 10s\n\t\t}")
	e.rotated()
	e.late()
}

// TestRedisCertificate: while the edge trusts another authority it answers 503, and a
// reload takes up what was written into the same file.
func TestRedisCertificate(t *testing.T) {
	dir := t.TempDir()
	authority, err := certtest.New(dir, "ca")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := authority.Server("server", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := certtest.New(dir, "stranger")
	if err != nil {
		t.Fatal(err)
	}
	port := redistest.FreePort(t)
	r := redis{t, redistest.Start(t, "--tls-port", port, "--tls-cert-file", pair.Cert, "--tls-key-file", pair.Key,
		"--tls-ca-cert-file", authority.File, "--tls-auth-clients", "no")}
	e := start(t, r, "redis rediss://edge:{password}@127.0.0.1:"+port+" {\n\t\t\ttimeout 10s\n\t\t\ttls {\n\t\t\t\tca "+stranger.File+"\n\t\t\t}\n\t\t}")
	e.eventually(503)
	if text := e.edge.LogText(); !strings.Contains(text, "as ca in the block tls") {
		t.Error("the log has no cure: " + text)
	}
	trusted, err := os.ReadFile(authority.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(stranger.File, trusted, 0o600); err != nil {
		t.Fatal(err)
	}
	e.edge.Reload(e.caddyfile)
	e.eventually(200)
}
