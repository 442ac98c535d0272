// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

// postgresOptions are libpq's, as far as they mean something here.
var postgresOptions = []string{
	"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslsni", "sslnegotiation", "host", "port", "service", "passfile",
	"application_name", "options", "search_path", "target_session_attrs", "channel_binding",
}

// postgresIgnored are options of libpq, psycopg and Django without effect.
var postgresIgnored = map[string]string{
	"client_encoding":     "the edge speaks UTF-8",
	"connect_timeout":     "the edge gives a connection 5s",
	"cursor_factory":      "it is psycopg's own",
	"isolation_level":     "each statement of the edge is atomic at any level",
	"keepalives":          "TCP keep-alive is on, and timeout of the store bounds each request",
	"keepalives_count":    "TCP keep-alive is on, and timeout of the store bounds each request",
	"keepalives_idle":     "TCP keep-alive is on, and timeout of the store bounds each request",
	"keepalives_interval": "TCP keep-alive is on, and timeout of the store bounds each request",
	"pool":                "the edge has a pool of its own: max_connections of the store says how large",
	"prepare_threshold":   "the edge prepares no statements",
	"server_side_binding": "the edge binds parameters on the server in any case",
	"tcp_user_timeout":    "TCP keep-alive is on, and timeout of the store bounds each request",
	"timeout":             "write it as timeout of the store",
}

func newPostgres(a *address) (engine, error) {
	settings := map[string]string{
		"host": strings.Join(a.hosts, ","), "port": strings.Join(a.ports, ","),
		"user": a.user, "password": a.password, "database": a.name,
		// A standby may answer from old data.
		"target_session_attrs": "read-write",
	}
	if strings.Trim(settings["port"], ",") == "" {
		delete(settings, "port")
	}
	for _, name := range postgresOptions {
		if v := a.option(name); v != "" {
			settings[name] = v
		}
	}
	// dj-database-url makes a search_path of currentSchema, and so does JDBC.
	if schema := a.option("currentSchema"); schema != "" {
		settings["search_path"] = schema
	}
	if role := a.option("assume_role"); role != "" {
		settings["role"] = role
	}
	a.ignore(postgresIgnored)
	if err := a.leftOver(strings.Join(postgresOptions, ", ") + ", currentSchema and assume_role"); err != nil {
		return nil, err
	}
	if a.name == "" && settings["service"] == "" {
		return nil, errDSN
	}
	if err := checkFiles(settings); err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(conninfo(settings))
	if err != nil {
		return nil, errors.New("store django: the options of the PostgreSQL URL cannot be used: look at sslmode, " +
			"the files that sslrootcert, sslcert and sslkey name, and the service that service names")
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeExec
	config.StatementCacheCapacity, config.DescriptionCacheCapacity = 0, 0
	config.ConnectTimeout = connectTimeout
	if _, named := config.RuntimeParams["application_name"]; !named {
		config.RuntimeParams["application_name"] = "caddyrefresh"
	}
	tlsOf(config.TLSConfig)
	for _, f := range config.Fallbacks {
		tlsOf(f.TLSConfig)
	}
	return &postgres{config: config, beside: beside(settings, config), password: a.password != ""}, nil
}

// conninfo writes settings as keywords with quoted values, where every character is
// unambiguous; in a URL a space can be written in two ways.
func conninfo(settings map[string]string) string {
	var b strings.Builder
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	for name, value := range settings {
		if value != "" {
			b.WriteString(name + "='" + quoted.Replace(value) + "' ")
		}
	}
	return b.String()
}

func tlsOf(c *tls.Config) {
	if c != nil {
		c.MinVersion = tls.VersionTLS12
		tlsclient.Show(c)
	}
}

// checkFiles says which file of certificates is wrong, as pgx's own errors would if
// they were safe to show.
func checkFiles(settings map[string]string) error {
	file := func(name string) tlsclient.File {
		return tlsclient.File{Setting: "store django: " + name + " in the database's URL", Path: settings[name]}
	}
	files := tlsclient.Files{CA: file("sslrootcert"), Cert: file("sslcert"), Key: file("sslkey")}
	if files.CA.Path == "system" {
		files.CA.Path = "" // libpq's word for the system's roots
	}
	if settings["sslpassword"] != "" {
		files.Cert.Path, files.Key.Path = "", "" // pgx decrypts the key
	}
	_, _, err := files.Config()
	return err
}

// beside is what pgx has read from files: the service and the password file, and the
// certificates. It has the certificates parsed, and so their files are read once more.
func beside(settings map[string]string, c *pgx.ConnConfig) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %d %q %q %q", c.Host, c.Port, c.Database, c.User, c.Password)
	for _, f := range c.Fallbacks {
		fmt.Fprintf(&b, " %q %d", f.Host, f.Port)
	}
	home, _ := os.UserHomeDir()
	for _, file := range []struct{ option, variable, usual string }{
		{"sslrootcert", "PGSSLROOTCERT", "root.crt"}, {"sslcert", "PGSSLCERT", "postgresql.crt"}, {"sslkey", "PGSSLKEY", "postgresql.key"},
	} {
		path := cmp.Or(settings[file.option], os.Getenv(file.variable), filepath.Join(home, ".postgresql", file.usual))
		content, _ := os.ReadFile(path) // one that is needed and missing has failed before
		fmt.Fprintf(&b, " %q", content)
	}
	return b.String()
}
