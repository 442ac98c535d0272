// SPDX-License-Identifier: Apache-2.0

// Package check holds the tests of `caddyrefresh token-refresh check` beside real
// servers: PostgreSQL, MariaDB, SQLite and Redis, each right and then wrong in one
// way, and Django's own tokens. What the servers hold is compared before and after.
// They run with the build tag conformance.
package check
