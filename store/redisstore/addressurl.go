// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// access is what the URL of an address can say. Lines of the store can say it too.
type access struct {
	username, password string
	db                 int // -1 if the URL does not say
	tls, plain         bool
}

var errAddressURL = errors.New("store redis: the URL of an address cannot be read: write redis://user:password@host:6379/0, rediss:// for TLS, " +
	"or unix:///run/redis.sock, with the characters # ? / @ : of the password percent-encoded")

// parseURL reads the schemes of redis-py and valkey-py.
func parseURL(scheme, text, port string) (*endpoint, error) {
	a := access{db: -1}
	switch scheme {
	case "unix":
	case "redis", "valkey":
		a.plain = true
	case "rediss", "valkeys":
		a.tls = true
	case "redis+socket":
		return nil, errors.New("store redis: redis+socket is Celery's own scheme: write unix:///run/redis.sock, with ?db=1 after it for another database")
	default:
		return nil, fmt.Errorf("store redis: %.20q is not a scheme that it knows: write redis://, rediss:// or unix://", scheme)
	}
	u, err := url.Parse(text)
	if err != nil || strings.Contains(text, "#") || u.Opaque != "" {
		return nil, errAddressURL //nolint:nilerr // the parser quotes the URL
	}
	if err := a.read(u); err != nil {
		return nil, err
	}
	if scheme == "unix" {
		if u.Host != "" {
			return nil, errors.New("store redis: unix:// has three slashes before the path: write unix:///run/redis.sock")
		}
		return socket(u.Path, a)
	}
	if number := strings.Trim(u.Path, "/"); number != "" && (a.db >= 0 || !a.setDB(number)) {
		return nil, errAddressURL
	}
	address, err := parseHost(u.Host, port)
	if err != nil {
		return nil, errAddressURL //nolint:nilerr // what was cut wrongly may be a part of the password
	}
	return &endpoint{address, a}, nil
}

// read takes the login and the options out of a URL.
func (a *access) read(u *url.URL) error {
	if u.User != nil {
		a.username = u.User.Username()
		a.password, _ = u.User.Password()
	}
	query := u.Query()
	if query.Has("db") && !a.setDB(query.Get("db")) {
		return errAddressURL
	}
	query.Del("db")
	if len(query) > 0 {
		return unknownOption(slices.Min(slices.Collect(maps.Keys(query))))
	}
	return nil
}

func (a *access) setDB(text string) bool {
	n, err := strconv.ParseUint(text, 10, 31)
	a.db = int(n) //nolint:gosec // 31 bits
	return err == nil
}

// unknownOption refuses an option of a URL, and says what to write for those that
// redis-py has.
func unknownOption(name string) error {
	cure := "take it out; the edge knows db"
	switch name {
	case "ssl_ca_certs", "ssl_certfile", "ssl_keyfile":
		cure = "write it as ca, cert or key in the block tls of the store"
	case "ssl_cert_reqs", "ssl_check_hostname":
		cure = "take it out; the edge verifies each certificate, for an authority of one's own by ca in the block tls"
	case "username", "password":
		cure = "write it before the @ of the URL, or as a line of the store"
	case "socket_timeout", "socket_connect_timeout", "timeout":
		cure = "write it as timeout of the store"
	}
	return fmt.Errorf("store redis: the URL of an address has the option %.40q, which the edge does not read: %s", name, cure)
}
