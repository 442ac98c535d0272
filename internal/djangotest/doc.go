// SPDX-License-Identifier: Apache-2.0

//go:build conformance

// Package djangotest starts what the live tests of the django store need:
// PostgreSQL, MariaDB and PgBouncer on loopback ports of their own, in temporary
// directories, and a Django project with the blacklist app on any of them or on
// SQLite. Everything is stopped when the test ends, by its process id.
package djangotest
