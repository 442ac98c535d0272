// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// errDSN quotes nothing of the URL: what does not parse may be a password.
var errDSN = errors.New("store django: the database's URL cannot be read: write postgres://user:password@host:5432/name, " +
	"mysql://user:password@host:3306/name or sqlite:///absolute/path, with special characters of the password percent-encoded")

// address is a database's URL, taken apart.
type address struct {
	user, password string
	host, port     string // host is a directory or a file where it begins with a slash
	name           string
	options        url.Values
}

// parseDSN chooses the database by the scheme. The schemes are those that
// dj-database-url and django-environ know.
func parseDSN(dsn string) (engine, error) {
	scheme, rest, found := strings.Cut(dsn, "://")
	if !found {
		return nil, errDSN
	}
	switch strings.ToLower(scheme) {
	case "postgres", "postgresql", "pgsql":
		a, err := parseAddress(rest)
		if err != nil {
			return nil, err
		}
		return newPostgres(a)
	case "mysql", "mysql2":
		a, err := parseAddress(rest)
		if err != nil {
			return nil, err
		}
		return newMySQL(a)
	case "sqlite":
		return newSQLite(rest)
	default:
		return nil, fmt.Errorf("store django: %.20q is no database that it knows: write postgres://, mysql:// or sqlite://", scheme)
	}
}

// parseAddress takes apart what follows the scheme. A host may be the path of a
// socket, percent-encoded as dj-database-url wants it, which net/url refuses.
func parseAddress(rest string) (*address, error) {
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	userinfo, host := "", authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		userinfo, host = authority[:i+1], authority[i+1:]
	}
	socket := ""
	if len(host) >= 3 && strings.EqualFold(host[:3], "%2f") {
		path, err := url.PathUnescape(host)
		if err != nil {
			return nil, errDSN
		}
		socket, host = path, ""
	}
	u, err := url.Parse("x://" + userinfo + host + tail)
	if err != nil || u.Fragment != "" {
		return nil, errDSN
	}
	options, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errDSN
	}
	a := &address{host: u.Hostname(), port: u.Port(), name: strings.TrimPrefix(u.Path, "/"), options: options}
	a.user = u.User.Username()
	a.password, _ = u.User.Password()
	if socket != "" {
		a.host = socket
	}
	if a.name == "" || strings.Contains(a.name, "/") {
		return nil, errDSN
	}
	return a, nil
}

// option takes an option out of the address, so that what is left over is
// unknown. Each may be given once.
func (a *address) option(name string) string {
	value := a.options.Get(name)
	a.options.Del(name)
	return value
}

// leftOver names an option that nobody took.
func (a *address) leftOver(known string) error {
	for name := range a.options {
		return fmt.Errorf("store django: the database's URL has the option %.40q: write none but %s", name, known)
	}
	return nil
}
