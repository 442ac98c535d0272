// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
	"github.com/caddyrefresh/caddyrefresh/store/tlsclient"
)

const (
	noAddress     = "store redis has no address: write store redis <host:port>"
	defaultPrefix = "token_refresh"
	maxPrefix     = 64 // bytes; every key begins with it
	redisPort     = "6379"
	sentinelPort  = "26379"
)

// link is all that distinguishes one connection from another, placeholders resolved.
type link struct {
	Addresses      []string // host:port, or the path of a Unix socket
	Username       string
	Password       string
	DB             int
	TLS            bool
	ServerName     string
	Files          tlsclient.Digest
	SentinelMaster string
	Cluster        bool

	config *tls.Config // made of TLS, ServerName and the files
}

// digest identifies the connections in the pool without showing the password.
func (l *link) digest() string {
	settings := *l
	settings.config = nil
	sum := sha256.Sum256(fmt.Appendf(nil, "%#v", settings))
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
		s.warnOfPassword()
	}
	if err := s.resolveAddresses(l); err != nil {
		return nil, err
	}
	if err := s.resolveTLS(l); err != nil {
		return nil, err
	}
	return l, l.contradictions()
}

func (s *Store) warnOfPassword() {
	s.logger.Warn("the password of store redis is written out in the configuration, which the admin API shows: " +
		"use a placeholder such as {env.REDIS_PASSWORD} or {file./run/secrets/redis}")
}

func (s *Store) contradictions() error {
	switch {
	case len(s.Addresses) == 0:
		return errors.New(noAddress)
	case s.Cluster && s.SentinelMaster != "":
		return errors.New("store redis: cluster and sentinel_master exclude each other, since a cluster fails over by itself: delete one of the lines")
	case s.DB < 0:
		return fmt.Errorf("store redis: db %d is not a database: write 0 or more", s.DB)
	case len(s.Addresses) > 1 && !s.Cluster && s.SentinelMaster == "":
		return errors.New("store redis: several addresses are the nodes of a cluster or sentinels: add cluster or sentinel_master <name>, or write one address")
	case len(s.KeyPrefix) > maxPrefix || strings.ContainsFunc(s.KeyPrefix, unfitForPrefix):
		return fmt.Errorf("store redis: key_prefix has to be printable, without spaces and braces (which choose the shard), and at most %d bytes", maxPrefix)
	}
	return nil
}

// contradictions are those that URLs among the addresses can make too.
func (l *link) contradictions() error {
	socket := isSocket(l.Addresses[0])
	switch {
	case l.Cluster && l.DB != 0:
		return errors.New("store redis: a cluster has only database 0: delete the line db, or the number in the URL, and keep sites apart by key_prefix")
	case l.Username != "" && l.Password == "":
		return errors.New("store redis: username without password: add password {env.REDIS_PASSWORD}, or delete the user name")
	case socket && (l.Cluster || l.SentinelMaster != ""):
		return errors.New("store redis: a Unix socket leads to one server: delete cluster and sentinel_master, or write host:port")
	case socket && l.TLS:
		return errors.New("store redis: TLS is not for a Unix socket, which does not leave the machine: delete tls")
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
