// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
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
	if err := mysqlTLS(c, a); err != nil {
		return nil, err
	}
	a.ignore(mysqlIgnored)
	return &mysqlEngine{config: c, password: a.password != ""}, a.leftOver("unix_socket, ssl-mode and ssl-ca")
}

// mysqlTLS reads ssl-mode, by the names that MySQL's own clients use.
func mysqlTLS(c *mysql.Config, a *address) error {
	mode := strings.ToUpper(a.option("ssl-mode", "ssl_mode"))
	file := a.option("ssl-ca", "ssl_ca")
	t := &tls.Config{MinVersion: tls.VersionTLS12}
	if host, _, err := net.SplitHostPort(c.Addr); err == nil && c.Net == "tcp" {
		t.ServerName = host
	}
	if file != "" {
		pem, err := os.ReadFile(file)
		t.RootCAs = x509.NewCertPool()
		if err != nil || !t.RootCAs.AppendCertsFromPEM(pem) {
			return errors.New("store django: the file of ssl-ca in the database's URL cannot be read as PEM certificates")
		}
		mode = orElse(mode, "VERIFY_IDENTITY")
	}
	switch mode {
	case "", "DISABLED":
		return nil
	case "PREFERRED":
		c.AllowFallbackToPlaintext = true
		t.InsecureSkipVerify = true
	case "REQUIRED":
		t.InsecureSkipVerify = true // encrypted, not verified: that is what the mode means
	case "VERIFY_CA", "VERIFY_IDENTITY":
	default:
		return errors.New("store django: ssl-mode in the database's URL is none of DISABLED, PREFERRED, REQUIRED, VERIFY_CA and VERIFY_IDENTITY")
	}
	c.TLS = t
	return nil
}

func orElse(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
