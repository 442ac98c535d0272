// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a container without a time zone database must not change what rows mean

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/directive"
)

const (
	defaultTimeout     = 250 * time.Millisecond
	maxTimeout         = directive.MaxTimeout
	defaultConnections = 10
	maxConnections     = 1000
)

// link is all that makes one pool of connections differ from another.
type link struct {
	dsn            string
	engine         engine
	maxConnections int
}

// digest identifies the connections in the pool, and tells nobody the password.
func (l *link) digest() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(l.maxConnections) + "\x00" + l.dsn))
	return hex.EncodeToString(sum[:])
}

// resolve checks the settings, fills in the defaults and returns how to connect.
func (s *Store) resolve() (*link, error) {
	if s.DSN == "" {
		return nil, errors.New("store django has no database: write store django {env.DATABASE_URL}")
	}
	if s.Timeout < 0 || s.Timeout > caddy.Duration(maxTimeout) {
		return nil, fmt.Errorf("store django: timeout %s is out of range: write a duration above 0s and up to 10s; 250ms is the default",
			time.Duration(s.Timeout))
	}
	s.timeout = time.Duration(s.Timeout)
	if s.timeout == 0 {
		s.timeout = defaultTimeout
	}
	l := &link{maxConnections: s.MaxConnections}
	if l.maxConnections == 0 {
		l.maxConnections = defaultConnections
	}
	if l.maxConnections < 1 || l.maxConnections > maxConnections {
		return nil, fmt.Errorf("store django: max_connections %d is out of range: write a number from 1 to %d; %d is the default",
			s.MaxConnections, maxConnections, defaultConnections)
	}
	var err error
	if s.zone, err = loadZone(s.TimeZone); err != nil {
		return nil, err
	}
	if s.names, err = s.resolveNames(); err != nil {
		return nil, err
	}
	if l.dsn, err = resolveDSN(s.DSN); err != nil {
		return nil, err
	}
	var ignored []string
	if l.engine, ignored, err = parseDSN(l.dsn); err != nil {
		return nil, err
	}
	for _, sentence := range ignored {
		s.logger.Warn("store django: " + sentence + "; take it out of the URL that the edge is given, or leave it")
	}
	if _, lite := l.engine.(*sqlite); lite && s.Schema != "" {
		return nil, errors.New("store django: SQLite has no schemas: delete the line schema")
	}
	if l.engine.hasPassword() && !strings.Contains(s.DSN, "{env.") && !strings.Contains(s.DSN, "{file.") {
		s.logger.Warn("the password of store django is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as {env.DATABASE_URL} or {file./run/secrets/database_url}")
	}
	return l, nil
}

// onePlaceholder matches a value that is nothing but a placeholder, whose name
// is no secret.
var onePlaceholder = regexp.MustCompile(`^\{(?:env|file)\.[^{}]+\}$`)

// resolveDSN replaces placeholders. Its errors hold no part of the value but the
// name of a placeholder.
func resolveDSN(value string) (string, error) {
	text, err := caddy.NewReplacer().ReplaceOrErr(value, true, true)
	switch text = strings.TrimSpace(text); {
	case err == nil && text != "":
		return text, nil
	case onePlaceholder.MatchString(value):
		return "", fmt.Errorf("store django: %s is empty or cannot be read: set it where Caddy runs, then start Caddy again", value)
	default:
		return "", errors.New("store django: the database's URL holds a placeholder that is unknown or empty: " +
			"use {env.NAME} or {file./path}, and write braces that belong to the URL as %7B and %7D")
	}
}
