// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// endpoint is an address with what its URL says beside it.
type endpoint struct {
	address string // host:port, or the path of a Unix socket
	access  access
}

func isSocket(address string) bool { return strings.HasPrefix(address, "/") }

// resolveAddresses puts the addresses into the link, with what their URLs say.
func (s *Store) resolveAddresses(l *link) error {
	port := redisPort
	if s.SentinelMaster != "" {
		port = sentinelPort
	}
	var first access
	for i, written := range s.Addresses {
		text, err := resolveText("address", written)
		if err != nil {
			return err
		}
		e, err := parseAddress(strings.TrimSpace(text), port)
		if err != nil {
			return err
		}
		if i == 0 {
			first = e.access
		} else if e.access != first {
			return errors.New("store redis: the URLs of the addresses differ in user, password, database or TLS: " +
				"write these as lines of the store, and the addresses as host:port")
		}
		if e.access.password != "" && !setting.HasPlaceholder(written) {
			s.warnOfPassword()
		}
		l.Addresses = append(l.Addresses, e.address)
	}
	return l.merge(&first, s.DB != 0)
}

// merge takes over what the URLs say, and refuses what a line says as well.
func (l *link) merge(u *access, dbGiven bool) error {
	switch {
	case (u.username != "" || u.password != "") && (l.Username != "" || l.Password != ""):
		return errors.New("store redis: the URL has a user or a password, and so have the lines of the store: keep one")
	case u.db >= 0 && dbGiven:
		return errors.New("store redis: the URL has a database, and so has the line db: keep one")
	case u.plain && l.TLS:
		return errors.New("store redis: redis:// is without TLS, and the line tls asks for it: write rediss://, or delete the line")
	}
	if u.username != "" || u.password != "" {
		l.Username, l.Password = u.username, u.password
	}
	if u.db >= 0 {
		l.DB = u.db
	}
	l.TLS = l.TLS || u.tls
	return nil
}

// parseAddress reads host:port, a socket as Caddy writes it, or a URL as redis-py
// reads it. Errors quote no URL and no path, which may hold a password.
func parseAddress(text, port string) (*endpoint, error) {
	if scheme, _, found := strings.Cut(text, "://"); found {
		return parseURL(strings.ToLower(scheme), text, port)
	}
	if path, found := strings.CutPrefix(text, "unix/"); found {
		return socket(path, access{db: -1})
	}
	if isSocket(text) {
		return nil, errors.New("store redis: an address that begins with a slash may be a Unix socket: write unix/ before it, as in unix//run/redis.sock")
	}
	if strings.ContainsAny(text, "/@") {
		return nil, errAddressURL
	}
	address, err := parseHost(text, port)
	if err != nil {
		return nil, err
	}
	return &endpoint{address, access{db: -1}}, nil
}

func socket(path string, a access) (*endpoint, error) {
	if !isSocket(path) {
		return nil, errors.New("store redis: the path of a Unix socket is absolute: write unix//run/redis.sock")
	}
	return &endpoint{filepath.Clean(path), a}, nil
}

// parseHost completes host:port.
func parseHost(text, port string) (string, error) {
	host, given, err := net.SplitHostPort(text)
	if err != nil {
		host, given = strings.TrimSuffix(strings.TrimPrefix(text, "["), "]"), port
	}
	number, err := strconv.ParseUint(given, 10, 16)
	colons := strings.Contains(host, ":") && net.ParseIP(host) == nil
	if err != nil || number == 0 || host == "" || colons || strings.ContainsFunc(host, unfitForPrefix) {
		return "", fmt.Errorf("store redis: %q is not an address: write host:port, such as redis.internal:6379 or [::1]:6379", text)
	}
	return net.JoinHostPort(host, given), nil
}
