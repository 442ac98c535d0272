// SPDX-License-Identifier: Apache-2.0

package importing

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// databaseURL is what DATABASE_URL has to be, but for the user and the password.
func databaseURL(scheme string, d *Database) string {
	text := scheme + "://USER:PASSWORD@" + hostPort(d) + "/" + url.PathEscape(d.Name)
	if len(d.Network) > 0 {
		text += "?" + networkOptions(d)
	}
	return text
}

// networkOptions are the options for TLS and sockets, as a URL has them.
func networkOptions(d *Database) string {
	all := make([]string, 0, len(d.Network))
	for _, name := range slices.Sorted(maps.Keys(d.Network)) {
		value := url.QueryEscape(d.Network[name])
		all = append(all, name+"="+strings.ReplaceAll(value, "%2F", "/"))
	}
	return strings.Join(all, "&")
}

// otherOptions are those whose values the facts do not have.
func otherOptions(d *Database) []string {
	return slices.DeleteFunc(slices.Clone(d.Options), func(name string) bool {
		return d.Network[name] != "" || name == "ssl" && d.Network["ssl_ca"]+d.Network["ssl_cert"] != ""
	})
}

// hostPort returns where a database listens, in the spelling of its URL.
func hostPort(d *Database) string {
	host := cmp.Or(d.Host, "localhost")
	if strings.HasPrefix(host, "/") {
		host = url.PathEscape(host)
	}
	if d.Port == "" {
		return host
	}
	return host + ":" + d.Port
}

// escapePath escapes a file's path for its URL and for a Caddyfile.
func escapePath(file string) string {
	parts := strings.Split(file, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
