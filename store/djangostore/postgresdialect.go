// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"errors"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

type postgresDialect struct{}

func (postgresDialect) quote(name string) string { return `"` + name + `"` }

func (postgresDialect) placeholder(n int, cast string) string {
	return "$" + strconv.Itoa(n) + "::" + cast
}

const postgresStamp = ", 'YYYY-MM-DD HH24:MI:SS.US')"

func (postgresDialect) nowText() part {
	return raw("to_char(now() AT TIME ZONE 'UTC'" + postgresStamp)
}

// The columns are timestamptz, with USE_TZ or without it. Without it Django's
// connections use local time: blacklisted_at is still the right moment, but the naive
// UTC of the other columns is off by the offset of local time.
func (postgresDialect) spentText(column string) part {
	return raw("to_char(" + column + " AT TIME ZONE 'UTC'" + postgresStamp)
}

func (postgresDialect) utcText(column string, z zone) part {
	return part{"to_char(" + column + " AT TIME ZONE ?" + postgresStamp, []param{{z.name(), "text"}}}
}

func (postgresDialect) spentZone(zone) zone { return utcZone }

func (postgresDialect) spentNow(zone) part { return raw("now()") }

func (postgresDialect) utcNow(z zone) part {
	return part{"(now() AT TIME ZONE 'UTC') AT TIME ZONE ?", []param{{z.name(), "text"}}}
}

func (postgresDialect) utcValue(text string, z zone) part {
	return part{"? AT TIME ZONE ?", []param{{text, "timestamp"}, {z.name(), "text"}}}
}

func (postgresDialect) marked(column, mark string) part {
	return part{"upper(md5(" + column + ")) = ?", []param{{mark, "text"}}}
}

// within compares bytes, whatever the collation. The second index that Django makes
// on a unique CharField, for LIKE (varchar_pattern_ops), serves it.
func (postgresDialect) within(column string, s span) part {
	return part{column + " ~>=~ ? AND " + column + " ~<~ ?", []param{{s.from, "text"}, {s.to, "text"}}}
}

func (postgresDialect) descending() string { return " USING ~>~" }

func (postgresDialect) keyKind(c column) keyKind {
	switch c.typ {
	case "int2", "int4", "int8", "numeric":
		return integerKey
	case "uuid":
		return uuidKey
	default:
		return textKey
	}
}

// fault reads the SQLSTATE.
func (postgresDialect) fault(err error) fault {
	var e *pgconn.PgError
	var dial *pgconn.ConnectError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &dial):
		// pgx names each address that it tried on a line of its own.
		return fault{drop: true, text: strings.Join(strings.Fields(dial.Error()), " ") + ": " + lookAtHost}
	default:
		return fault{}
	}
	f := fault{text: e.Message + " (" + e.Code + ")"}
	switch e.Code {
	case "40001", "40P01", "55P03", "23505", "23503":
		// Serialization, deadlock or lock, or another transaction inserted the same
		// row or removed the one that ours points to.
		f.again = true
	case "42P01", "3F000":
		f.tables = true
		f.text += ": add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set user_table and schema"
	case "42703", "42883", "42804", "22P02":
		f.tables = true
		f.text += ": look at user_table, user_id_field, active_field and password_field"
	case "42501":
		f.text += ": grant this user SELECT and INSERT on both token_blacklist tables, USAGE on their sequences, and SELECT on the user table's columns"
	case "25006":
		f.drop = true
		f.text += ": this server is a standby, or read-only: name the primary"
	case "28P01", "28000":
		f.text += ": look at the user and the password in the database's URL, at sslmode, and at sslcert and sslkey if the server wants a client certificate"
	case "3D000":
		f.drop = true
		f.text += ": look at the name in the database's URL"
	case "53300", "08P01":
		f.drop = true
	}
	if strings.HasPrefix(e.Code, "57P") || strings.HasPrefix(e.Code, "08") {
		f.drop = true
	}
	return f
}
