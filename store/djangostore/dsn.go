// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// errDSN quotes nothing of the URL: the part that cannot be parsed may be a password.
var errDSN = errors.New("store django: the database's URL cannot be read: write postgres://user:password@host:5432/name, " +
	"mysql://user:password@host:3306/name or sqlite:////absolute/path, with the characters # ? / of the password percent-encoded")

// address is a database's URL, taken apart as dj-database-url and django-environ
// do it.
type address struct {
	user, password string
	hosts, ports   []string // in step; a host is a directory or a file where it begins with a slash
	name           string
	options        url.Values
	ignored        []string // why each option without effect has none
}

// parse takes apart what follows the scheme. It does not use net/url, which refuses
// sockets' paths, several hosts and characters that Python accepts in a password.
func (a *address) parse(rest string) error {
	rest, query, _ := strings.Cut(rest, "?")
	if strings.Contains(rest, "#") || strings.Contains(query, "#") {
		return errDSN
	}
	authority, path, found := strings.Cut(rest, "/")
	if !found || a.parseOptions(query) != nil {
		return errDSN
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		a.user, a.password, authority = unquote(user), unquote(password), authority[i+1:]
	}
	if err := a.parseHosts(authority); err != nil {
		return err
	}
	a.name = unquote(path)
	if i := strings.LastIndexByte(a.name, '/'); i > 0 && a.name[0] == '/' && authority == "" {
		// django-environ's way to name a socket: its path before the name.
		a.hosts, a.ports, a.name = []string{a.name[:i]}, []string{""}, a.name[i+1:]
	}
	if strings.ContainsRune(a.name, '/') || strings.ContainsRune(rest, 0) {
		return errDSN
	}
	return nil
}

// parseHosts reads hosts with their ports. Several, separated by commas, are
// PostgreSQL's own way to name the members of a cluster.
func (a *address) parseHosts(authority string) error {
	for host := range strings.SplitSeq(authority, ",") {
		port := ""
		if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.Contains(host[i:], "]") {
			host, port = host[:i], host[i+1:]
		}
		if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
			return errDSN
		}
		if bare, bracketed := strings.CutPrefix(host, "["); bracketed {
			if host, bracketed = strings.CutSuffix(bare, "]"); !bracketed {
				return errDSN
			}
		} else if strings.ContainsAny(host, ":[]") {
			return errDSN
		}
		if host = unquote(host); strings.ContainsAny(host, ", '\\") {
			return errDSN
		}
		a.hosts, a.ports = append(a.hosts, host), append(a.ports, port)
	}
	return nil
}

// parseOptions reads the query. As in Python, a semicolon is part of a value.
func (a *address) parseOptions(query string) (err error) {
	a.options, err = url.ParseQuery(strings.ReplaceAll(query, ";", "%3B"))
	return err
}

// unquote decodes percent-encoding as Python's urllib.parse.unquote does: a sequence
// that is not valid stays as it is.
func unquote(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if c, err := strconv.ParseUint(text[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(c))
				i += 2
				continue
			}
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// option takes an option out of the address; the options that are left over are
// unknown.
func (a *address) option(names ...string) string {
	value := ""
	for _, name := range names {
		value = orElse(value, a.options.Get(name))
		a.options.Del(name)
	}
	return value
}

// djangoOptions are options of Django itself, which django-environ takes in any
// case.
var djangoOptions = map[string]string{
	"atomic_requests":             "a request is one transaction here in any case",
	"autocommit":                  "a request is one transaction here in any case",
	"conn_health_checks":          "a connection that broke is never used again here",
	"conn_max_age":                "connections are kept as long as they are good: max_connections of the store says how many",
	"disable_server_side_cursors": "no cursors are used here",
}

// ignore takes out the options that only Django's driver uses, and notes why they
// have no effect.
func (a *address) ignore(known map[string]string) {
	for name := range a.options {
		why, ok := djangoOptions[strings.ToLower(name)]
		if !ok {
			why, ok = known[name]
		}
		if ok {
			a.ignored = append(a.ignored, fmt.Sprintf("the option %s of the database's URL has no effect: %s", name, why))
			a.options.Del(name)
		}
	}
}

// leftOver returns an error that names an unknown option, if there is one.
func (a *address) leftOver(known string) error {
	if len(a.options) == 0 {
		return nil
	}
	name := slices.Sorted(maps.Keys(a.options))[0]
	return fmt.Errorf("store django: the database's URL has the option %.40q, which the edge does not know: take it out; it knows %s", name, known)
}
