// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	_ "time/tzdata" // a container without a time zone database must not change what rows mean

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

const (
	defaultConnections = 10
	maxConnections     = 1000
)

// link is all that distinguishes one pool of connections from another.
type link struct {
	dsn            string
	engine         engine
	maxConnections int
}

// digest identifies the connections in the pool without showing the password. What
// files hold counts by its content, so that a reload takes up what was renewed.
func (l *link) digest() string {
	sum := sha256.Sum256([]byte(strconv.Itoa(l.maxConnections) + "\x00" + l.dsn + "\x00" + l.engine.secrets()))
	return hex.EncodeToString(sum[:])
}

// resolve checks the settings, fills in the defaults and returns how to connect.
func (s *Store) resolve() (*link, error) {
	if s.DSN == "" {
		return nil, errors.New("store django has no database: write store django {env.DATABASE_URL}")
	}
	var err error
	if s.timeout, err = setting.ResolveTimeout("store django", s.Timeout); err != nil {
		return nil, err
	}
	l := &link{maxConnections: cmp.Or(s.MaxConnections, defaultConnections)}
	if l.maxConnections < 1 || l.maxConnections > maxConnections {
		return nil, fmt.Errorf("store django: max_connections %d is out of range: write a number from 1 to %d; %d is the default",
			s.MaxConnections, maxConnections, defaultConnections)
	}
	if s.zone, err = loadZone(s.TimeZone); err != nil {
		return nil, err
	}
	if s.names, err = s.resolveNames(); err != nil {
		return nil, err
	}
	if l.dsn, err = setting.Resolve("store django", s.DSN); err != nil {
		return nil, err
	}
	l.dsn = strings.TrimSpace(l.dsn)
	var ignored []string
	if l.engine, ignored, err = parseDSN(l.dsn); err != nil {
		return nil, err
	}
	for _, sentence := range ignored {
		s.logger.Warn("store django: " + sentence + "; delete it from the edge's URL, or leave it there")
	}
	if _, lite := l.engine.(*sqlite); lite && s.Schema != "" {
		return nil, errors.New("store django: SQLite has no schemas: delete the line schema")
	}
	if l.engine.hasPassword() && !setting.HasPlaceholder(s.DSN) {
		s.logger.Warn("the password of store django is written out in the configuration, which the admin API shows: " +
			"use a placeholder such as {env.DATABASE_URL} or {file./run/secrets/database_url}")
	}
	return l, nil
}
