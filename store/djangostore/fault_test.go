// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// TestFaultOf guards what is tried again, which is only what was surely not
// carried out, and that no row shows in an error.
func TestFaultOf(t *testing.T) {
	const secret = "eyJsecret"
	pg := func(code string) error {
		return fmt.Errorf("query: %w", &pgconn.PgError{Code: code, Message: "message", Detail: secret})
	}
	my := func(number uint16) error {
		message := "message"
		switch number {
		case 1062, 1064, 1366: // these quote what was sent
			message = "near '" + secret + "'"
		}
		return fmt.Errorf("query: %w", &mysql.MySQLError{Number: number, Message: message})
	}
	certified := &mysqlEngine{config: &mysql.Config{TLS: &tls.Config{Certificates: make([]tls.Certificate, 1)}}}
	for name, tc := range map[string]struct {
		engine              engine
		err                 error
		again, drop, tables bool
		text                string
	}{
		"never sent":            {&postgres{}, driver.ErrBadConn, true, true, false, "closed by the server"},
		"no answer":             {&postgres{}, context.DeadlineExceeded, false, true, false, "in time"},
		"cut off":               {&postgres{}, errors.New("unexpected EOF"), false, true, false, "connection failed"},
		"postgres: deadlock":    {&postgres{}, pg("40P01"), true, false, false, "40P01"},
		"postgres: serialize":   {&postgres{}, pg("40001"), true, false, false, "40001"},
		"postgres: unique":      {&postgres{}, pg("23505"), true, false, false, "23505"},
		"postgres: foreign key": {&postgres{}, pg("23503"), true, false, false, "23503"},
		"postgres: shutdown":    {&postgres{}, pg("57P01"), false, true, false, "57P01"},
		"postgres: read-only":   {&postgres{}, pg("25006"), false, true, false, "name the primary"},
		"postgres: no table":    {&postgres{}, pg("42P01"), false, false, true, "INSTALLED_APPS"},
		"postgres: no column":   {&postgres{}, pg("42703"), false, false, true, "user_id_field"},
		"postgres: forbidden":   {&postgres{}, pg("42501"), false, false, false, "grant this user"},
		"mysql: duplicate":      {&mysqlEngine{}, my(1062), true, false, false, "changed the same row"},
		"mysql: deadlock":       {&mysqlEngine{}, my(1213), true, false, false, "1213"},
		"mysql: lock wait":      {&mysqlEngine{}, my(1205), true, false, false, "1205"},
		"mysql: syntax":         {&mysqlEngine{}, my(1064), false, false, false, "server error 1064"},
		"mysql: no such text":   {&mysqlEngine{}, my(1366), false, false, false, "server error 1366"},
		"mysql: read-only":      {&mysqlEngine{}, my(1290), false, true, false, "name the primary"},
		"mysql: certificate":    {certified, mysql.ErrInvalidConn, false, true, false, "as ssl-cert and ssl-key"},
		"mysql: no TLS":         {&mysqlEngine{}, mysql.ErrNoTLS, false, true, false, "has no TLS"},
		"wrong authority":       {&mysqlEngine{}, fmt.Errorf("dial: %w", x509.UnknownAuthorityError{}), false, true, false, "as ssl-ca"},
		"mysql: broken":         {&mysqlEngine{}, mysql.ErrInvalidConn, false, true, false, "broke"},
	} {
		s := &Store{pool: &pool{engine: tc.engine}, state: new(state)}
		f := s.faultOf(tc.err)
		if f.again != tc.again || f.drop != tc.drop || f.tables != tc.tables || !strings.Contains(f.text, tc.text) {
			t.Errorf("%s: %+v, want again %v, drop %v, tables %v, text with %q", name, f, tc.again, tc.drop, tc.tables, tc.text)
		}
		if strings.Contains(f.text, secret) {
			t.Errorf("%s: %q quotes the row", name, f.text)
		}
	}
}

// TestLiteralPassword warns of a password that the admin API would show.
func TestLiteralPassword(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://u:p@nowhere.invalid/d")
	for dsn, warnings := range map[string]int{
		"postgres://u:p@nowhere.invalid/d": 1, "mysql://u:p@nowhere.invalid/d": 1, "{env.DATABASE_URL}": 0,
		"postgres://u@nowhere.invalid/d": 0, "sqlite:////nowhere": 0,
	} {
		core, logs := observer.New(zapcore.WarnLevel)
		s := &Store{DSN: dsn, logger: zap.New(core)}
		if _, err := s.resolve(); err != nil || logs.Len() != warnings {
			t.Errorf("%s: %v, %d warnings, want %d", dsn, err, logs.Len(), warnings)
		}
	}
}
