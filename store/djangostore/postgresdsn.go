// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"crypto/tls"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
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
	raiseTLS(config.TLSConfig)
	for _, f := range config.Fallbacks {
		raiseTLS(f.TLSConfig)
	}
	return &postgres{config: config, password: a.password != ""}, nil
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

func raiseTLS(c *tls.Config) {
	if c != nil {
		c.MinVersion = tls.VersionTLS12
	}
}
