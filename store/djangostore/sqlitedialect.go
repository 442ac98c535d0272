// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"errors"
	"strings"
	"time"

	sqlite3 "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"
)

// sqliteDialect takes the time from this machine, where the file is.
type sqliteDialect struct{ now func() time.Time }

func (sqliteDialect) quote(name string) string { return `"` + name + `"` }

func (sqliteDialect) placeholder(int, string) string { return hole }

func (d sqliteDialect) nowText() part { return text(utcZone.local(d.now())) }

func (sqliteDialect) spentText(column string) part { return raw("CAST(" + column + " AS TEXT)") }

func (sqliteDialect) utcText(column string, _ zone) part {
	return raw("CAST(" + column + " AS TEXT)")
}

func (sqliteDialect) spentZone(z zone) zone { return z }

func (d sqliteDialect) spentNow(z zone) part { return text(z.local(d.now())) }

func (d sqliteDialect) utcNow(zone) part { return text(utcZone.local(d.now())) }

func (sqliteDialect) utcValue(value string, _ zone) part { return text(value) }

// marked is never called: users are checked in Go, under the lock.
func (sqliteDialect) marked(string, string) part { return raw("0") }

func (sqliteDialect) within(column string, s span) part {
	return part{column + " >= ? AND " + column + " < ?", []param{{s.from, ""}, {s.to, ""}}}
}

func (sqliteDialect) descending() string { return " DESC" }

func (sqliteDialect) keyKind(c column) keyKind {
	typ := strings.ToLower(c.typ)
	switch {
	case strings.Contains(typ, "int"), strings.HasPrefix(typ, "decimal"):
		return integerKey
	case typ == "char(32)":
		return hexKey
	default:
		return textKey
	}
}

// busy reports whether another process or connection had locked the file.
func busy(err error) bool {
	var e *sqlite3.Error
	return errors.As(err, &e) && (e.Code()&0xff == codes.SQLITE_BUSY || e.Code()&0xff == codes.SQLITE_LOCKED)
}

// fault reads SQLite's result code. Its messages name tables and columns but quote no
// row.
func (sqliteDialect) fault(err error) fault {
	var e *sqlite3.Error
	if !errors.As(err, &e) {
		return fault{}
	}
	f := fault{text: e.Error()}
	switch e.Code() & 0xff {
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED, codes.SQLITE_CONSTRAINT:
		f.again = true
	case codes.SQLITE_READONLY:
		f.drop = true
		f.text += ": let Caddy's user write the file and its directory"
	case codes.SQLITE_CANTOPEN:
		f.drop = true
		f.text += ": look at the path, and let Caddy's user read and write the file and its directory"
	case codes.SQLITE_ERROR:
		f.tables = true
		switch {
		case strings.Contains(f.text, "no such table"):
			f.text += ": add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set user_table"
		case strings.Contains(f.text, "no such column"):
			f.text += ": look at user_id_field, active_field and password_field"
		}
	default:
		f.drop = true
	}
	return f
}
