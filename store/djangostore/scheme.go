// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"slices"
	"strings"
)

// parseDSN chooses the database by the scheme. The schemes are those that
// dj-database-url and django-environ know for PostgreSQL, MySQL and SQLite. The
// sentences say which options of the URL have no effect, and why.
func parseDSN(dsn string) (e engine, ignored []string, err error) {
	scheme, rest, found := strings.Cut(dsn, "://")
	if !found {
		return nil, nil, withoutSlashes(dsn)
	}
	a := new(address)
	switch scheme = strings.ToLower(scheme); scheme {
	case "postgres", "postgresql", "pgsql", "psql", "postgis", "timescale", "timescalegis":
		if err = a.parse(rest); err == nil {
			e, err = newPostgres(a)
		}
	case "mysql", "mysql2", "mysql-connector", "mysqlgis":
		if err = a.parse(rest); err == nil {
			e, err = newMySQL(a)
		}
	case "sqlite", "spatialite":
		e, err = newSQLite(a, rest)
	default:
		err = unfit(scheme)
	}
	if err != nil {
		return nil, nil, err
	}
	slices.Sort(a.ignored)
	return e, a.ignored, nil
}

// withoutSlashes refuses what is no URL: a path behind sqlite: is the one mistake that
// shows what is meant.
func withoutSlashes(dsn string) error {
	switch scheme, _, _ := strings.Cut(strings.ToLower(dsn), ":"); scheme {
	case "sqlite", "spatialite":
		return errSQLite
	default:
		return errDSN
	}
}

// others are databases that Django has and the edge has not.
var others = map[string]string{
	"oracle": "Oracle", "oraclegis": "Oracle",
	"mssql": "SQL Server", "mssqlms": "SQL Server", "pyodbc": "SQL Server",
	"cockroach": "CockroachDB, on which the edge's statements are not tested", "cockroachdb": "CockroachDB, on which the edge's statements are not tested",
	"redshift": "Amazon Redshift, which enforces no unique keys, so a token could be spent twice",
}

// unfit refuses a scheme, with what to write instead.
func unfit(scheme string) error {
	dialect, _, ofSQLAlchemy := strings.Cut(scheme, "+")
	switch {
	case others[dialect] != "":
		return fmt.Errorf("store django: %.20q is %s: the edge knows PostgreSQL, MySQL, MariaDB and SQLite; "+
			"use store redis if nothing but edges spends and revokes tokens", scheme, others[dialect])
	case dialect == "mariadb":
		return fmt.Errorf("store django: %.20q is not a scheme that it knows: write mysql://, which is for MariaDB too", scheme)
	case ofSQLAlchemy:
		return fmt.Errorf("store django: %.20q names a driver, as SQLAlchemy's URLs do: write %.20s://", scheme, dialect)
	default:
		return fmt.Errorf("store django: %.20q is not a database that it knows: write postgres://, mysql:// or sqlite://", scheme)
	}
}
