// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

type mysqlDialect struct{}

func (mysqlDialect) quote(name string) string { return "`" + name + "`" }

func (mysqlDialect) placeholder(int, string) string { return hole }

func (mysqlDialect) nowText() part { return raw("CAST(UTC_TIMESTAMP(6) AS CHAR)") }

func (mysqlDialect) spentText(column string) part { return raw("CAST(" + column + " AS CHAR)") }

func (mysqlDialect) utcText(column string, _ zone) part {
	return raw("CAST(" + column + " AS CHAR)")
}

func (mysqlDialect) spentZone(z zone) zone { return z }

func (mysqlDialect) spentNow(z zone) part {
	return part{"UTC_TIMESTAMP(6) + INTERVAL ? SECOND", []param{{z.offset(time.Now()), ""}}}
}

func (mysqlDialect) utcNow(zone) part { return raw("UTC_TIMESTAMP(6)") }

func (mysqlDialect) utcValue(value string, _ zone) part { return text(value) }

func (mysqlDialect) marked(column, mark string) part {
	return part{"CAST(UPPER(MD5(" + column + ")) AS BINARY) = CAST(? AS BINARY)", []param{{mark, ""}}}
}

// within compares the range with the column's collation, and the prefix byte for
// byte.
func (mysqlDialect) within(column string, s span) part {
	return part{
		column + " >= ? AND " + column + " < ? AND CAST(LEFT(" + column + ", ?) AS BINARY) = CAST(? AS BINARY)",
		[]param{{s.from, ""}, {s.to, ""}, {len(s.prefix), ""}, {s.prefix, ""}},
	}
}

func (mysqlDialect) descending() string { return " DESC" }

func (mysqlDialect) keyKind(c column) keyKind {
	typ := strings.ToLower(c.typ)
	switch {
	case strings.Contains(typ, "int"), strings.HasPrefix(typ, "decimal"):
		return integerKey
	case typ == "uuid":
		return uuidKey
	case typ == "char(32)":
		return hexKey
	default:
		return textKey
	}
}

// mysqlFaults are the server's errors whose message quotes no row and no statement,
// and what to do about them.
var mysqlFaults = map[uint16]fault{
	1040: {},
	1044: {text: "let this user into the database"},
	1045: {text: "look at the user and the password in the database's URL, and at ssl-cert and ssl-key if the user has REQUIRE X509"},
	1049: {text: "look at the name in the database's URL"},
	1054: {tables: true, text: "look at user_id_field, active_field and password_field"},
	1142: {text: "grant this user SELECT and INSERT on both token_blacklist tables, and SELECT on the user table's columns"},
	1143: {text: "grant this user SELECT on the columns of the user table that user_id_field, active_field and password_field name"},
	3159: {text: "add ssl-mode=REQUIRED to the database's URL"},
	1146: {tables: true, text: "add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set user_table and schema"},
	1205: {again: true}, // lock wait
	1213: {again: true}, // deadlock
	1290: {drop: true, text: "this server is a replica, or read-only: name the primary"},
	1792: {drop: true, text: "this server is a replica, or read-only: name the primary"},
	1836: {drop: true, text: "this server is a replica, or read-only: name the primary"},
	1053: {drop: true},  // shutting down
	1452: {again: true}, // what the row points to is gone
}

// impossible reports whether the server could not read a value, which may be a user
// id.
func impossible(err error) bool {
	var e *mysql.MySQLError
	return errors.As(err, &e) && e.Number == 1292
}

// fault reads the server's error number.
func (mysqlDialect) fault(err error) fault {
	var e *mysql.MySQLError
	switch {
	case errors.Is(err, mysql.ErrNoTLS):
		return fault{drop: true, text: "the server has no TLS: switch it on there, or take ssl-mode and the files out of the database's URL"}
	case errors.Is(err, mysql.ErrInvalidConn):
		return fault{drop: true, text: "the connection broke"}
	case !errors.As(err, &e):
		return fault{}
	case e.Number == 1062, e.Number == 1020, e.Number == 1048:
		// Another transaction inserted the same row, changed the one that was read,
		// or removed the one that ours points to.
		return fault{again: true, text: "another transaction changed the same row at each attempt"}
	}
	f, known := mysqlFaults[e.Number]
	if !known {
		return fault{text: fmt.Sprintf("server error %d", e.Number)}
	}
	cure := f.text
	f.text = fmt.Sprintf("%s (%d)", e.Message, e.Number)
	if cure != "" {
		f.text += ": " + cure
	}
	return f
}
