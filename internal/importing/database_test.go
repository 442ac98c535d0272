// SPDX-License-Identifier: Apache-2.0

package importing_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/importing"
)

// TestDatabaseNetwork: the URL to give to Caddy has the project's options for TLS and
// sockets, and none of its secrets.
func TestDatabaseNetwork(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*importing.Database)
		want   []string
	}{
		"in the URL": {func(d *importing.Database) {
			d.Env = nil
			d.Options = []string{"options", "sslcert", "sslkey", "sslmode", "sslrootcert"}
			d.Network = map[string]string{"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem", "sslcert": "/etc/edge cert.pem", "sslkey": "/etc/key.pem"}
		}, []string{
			"?sslcert=/etc/edge+cert.pem&sslkey=/etc/key.pem&sslmode=verify-full&sslrootcert=/etc/ca.pem, with the characters",
			"the project has OPTIONS named options",
		}},
		"beside the URL": {func(d *importing.Database) {
			d.Network = map[string]string{"sslmode": "require"}
		}, []string{"see that DATABASE_URL has ?sslmode=require"}},
		"mysqlclient's ssl": {func(d *importing.Database) {
			d.Env, d.Vendor, d.SearchPath, d.Options = nil, "mysql", nil, []string{"ssl", "unix_socket"}
			d.Network = map[string]string{"ssl_ca": "/etc/ca.pem", "unix_socket": "/run/mysqld/mysqld.sock"}
		}, []string{"mysql://USER:PASSWORD@", "?ssl_ca=/etc/ca.pem&unix_socket=/run/mysqld/mysqld.sock, with"}},
		"a socket as host": {func(d *importing.Database) {
			d.Env, d.Host, d.Port = nil, "/run/postgresql", "5433"
		}, []string{"postgres://USER:PASSWORD@%2Frun%2Fpostgresql:5433/"}},
	} {
		facts := readFacts(t, "testdata/postgres-schema.facts")
		tc.change(&facts.Database)
		v := importing.Judge(facts, importing.Options{})
		for _, want := range tc.want {
			if !slices.ContainsFunc(v.ToDo, func(line string) bool { return strings.Contains(line, want) }) {
				t.Errorf("%s: to do is %q, want %q", name, v.ToDo, want)
			}
		}
	}
}
