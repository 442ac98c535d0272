// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangotest

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Bouncer puts a PgBouncer in transaction mode in front of a PostgreSQL server,
// with fewer connections than its clients have, and returns its port.
func Bouncer(t testing.TB, s *Server, database string) int {
	t.Helper()
	as := accountOf(t, "postgres")
	dir, port := as.dir(t), freePort(t)
	config := fmt.Sprintf(`[databases]
%s = host=127.0.0.1 port=%d
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = %d
unix_socket_dir =
auth_type = plain
auth_file = %s/users
pool_mode = transaction
default_pool_size = 4
max_client_conn = 200
`, database, s.Port, port, dir)
	for name, text := range map[string]string{"users": fmt.Sprintf("%q %q\n", Admin, AdminPassword), "pgbouncer.ini": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(dir, "log")
	p := start(t, log, find(t, "pgbouncer", "/usr/sbin/pgbouncer"), as, nil, filepath.Join(dir, "pgbouncer.ini"))
	await(t, p, log, func() error {
		db, err := sql.Open("pgx", (&Server{Kind: s.Kind, Port: port}).URL(Admin, AdminPassword, database)+"?default_query_exec_mode=exec")
		if err != nil {
			return err
		}
		defer db.Close()
		return db.Ping()
	})
	return port
}
