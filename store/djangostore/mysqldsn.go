// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"net"
	"strings"

	"github.com/go-sql-driver/mysql"
)

// mysqlIgnored are options of MySQL's drivers for Python, and of Django, without
// effect.
var mysqlIgnored = map[string]string{
	"charset":            "the edge speaks utf8mb4",
	"collation":          "texts are compared as the tables' columns say",
	"compress":           "the edge does not compress",
	"connect_timeout":    "the edge gives a connection 5s",
	"connection_timeout": "the edge gives a connection 5s",
	"init_command":       "the edge sets what its own statements need on each connection",
	"isolation_level":    "the edge sets what each transaction needs",
	"read_timeout":       "write it as timeout of the store",
	"reconnect":          "the edge makes a new connection where one broke",
	"sql_mode":           "the edge's statements mean the same in every mode",
	"use_pure":           "it is Connector/Python's own",
	"use_unicode":        "the edge speaks utf8mb4",
	"write_timeout":      "write it as timeout of the store",
}

func newMySQL(a *address) (engine, error) {
	if len(a.hosts) != 1 || a.name == "" {
		return nil, errDSN
	}
	c := mysql.NewConfig()
	c.User, c.Passwd, c.DBName = a.user, a.password, a.name
	c.Net, c.Addr = "tcp", net.JoinHostPort(orElse(a.hosts[0], "127.0.0.1"), orElse(a.ports[0], "3306"))
	if socket := orElse(a.option("unix_socket"), a.hosts[0]); strings.HasPrefix(socket, "/") {
		c.Net, c.Addr = "unix", socket
	}
	c.InterpolateParams, c.MultiStatements, c.ParseTime = true, true, false
	c.Timeout = connectTimeout
	c.Logger = &mysql.NopLogger{}
	c.Params = map[string]string{"innodb_lock_wait_timeout": lockWait}
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	files, err := mysqlTLS(c, a)
	if err != nil {
		return nil, err
	}
	a.ignore(mysqlIgnored)
	return &mysqlEngine{config: c, files: files, password: a.password != ""}, a.leftOver("unix_socket, ssl-mode, ssl-ca, ssl-cert and ssl-key")
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
