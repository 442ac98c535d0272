// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"unicode"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

const (
	defaultPrefix = "token_refresh"
	maxPrefix     = 64 // bytes; every key begins with it
	redisPort     = "6379"
	sentinelPort  = "26379"
)

// link is all that distinguishes one connection from another, placeholders resolved.
type link struct {
	Addresses      []string
	Username       string
	Password       string
	DB             int
	TLS            bool
	SentinelMaster string
	Cluster        bool
}

// digest identifies the connections in the pool without showing the password.
func (l *link) digest() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", *l))
	return hex.EncodeToString(sum[:])
}

// resolve checks the settings, fills in the defaults and returns how to connect.
func (s *Store) resolve() (*link, error) {
	if err := s.contradictions(); err != nil {
		return nil, err
	}
	s.prefix = cmp.Or(s.KeyPrefix, defaultPrefix)
	var err error
	if s.timeout, err = setting.ResolveTimeout("store redis", s.Timeout); err != nil {
		return nil, err
	}
	l := &link{DB: s.DB, TLS: s.TLS, SentinelMaster: s.SentinelMaster, Cluster: s.Cluster}
	if l.Username, err = resolveText("username", s.Username); err != nil {
		return nil, err
	}
	if l.Password, err = resolveText("password", s.Password); err != nil {
		return nil, err
	}
	if s.Password != "" && !setting.HasPlaceholder(s.Password) {
		s.logger.Warn("the password of store redis is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as {env.REDIS_PASSWORD} or {file./run/secrets/redis}")
	}
	port := redisPort
	if s.SentinelMaster != "" {
		port = sentinelPort
	}
	for _, written := range s.Addresses {
		text, err := resolveText("address", written)
		if err != nil {
			return nil, err
		}
		address, err := parseAddress(text, port)
		if err != nil {
			return nil, err
		}
		l.Addresses = append(l.Addresses, address)
	}
	return l, nil
}

func (s *Store) contradictions() error {
	switch {
	case len(s.Addresses) == 0:
		return errors.New("store redis has no address: write store redis <host:port>")
	case s.Cluster && s.SentinelMaster != "":
		return errors.New("store redis: cluster and sentinel_master exclude each other, since a cluster fails over by itself: delete one of the lines")
	case s.Cluster && s.DB != 0:
		return errors.New("store redis: a cluster has only database 0: delete the line db, and keep sites apart by key_prefix")
	case s.DB < 0:
		return fmt.Errorf("store redis: db %d is not a database: write 0 or more", s.DB)
	case len(s.Addresses) > 1 && !s.Cluster && s.SentinelMaster == "":
		return errors.New("store redis: several addresses are the nodes of a cluster or sentinels: add cluster or sentinel_master <name>, or write one address")
	case s.Username != "" && s.Password == "":
		return errors.New("store redis: username without password: add password {env.REDIS_PASSWORD}, or delete the line username")
	case len(s.KeyPrefix) > maxPrefix || strings.ContainsFunc(s.KeyPrefix, unfitForPrefix):
		return fmt.Errorf("store redis: key_prefix has to be printable, without spaces and braces (which choose the shard), and at most %d bytes", maxPrefix)
	}
	return nil
}

func unfitForPrefix(r rune) bool {
	return r == '{' || r == '}' || r == unicode.ReplacementChar || unicode.IsSpace(r) || !unicode.IsPrint(r)
}

// resolveText replaces placeholders in a setting that may be missing.
func resolveText(name, value string) (string, error) {
	if value == "" {
		return "", nil
	}
	return setting.Resolve("store redis: "+name, value)
}

// parseAddress completes an address. The error does not quote a URL, which may hold a
// password.
func parseAddress(text, port string) (string, error) {
	if strings.ContainsAny(text, "/@") {
		return "", errors.New("store redis: an address is host:port and nothing more: " +
			"take the URL apart into the lines username, password, db and tls")
	}
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
