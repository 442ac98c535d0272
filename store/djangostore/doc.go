// SPDX-License-Identifier: Apache-2.0

// Package djangostore keeps spent refresh tokens where Django itself keeps them:
// in the tables of rest_framework_simplejwt.token_blacklist, on PostgreSQL,
// MySQL, MariaDB or SQLite. A token that Django blacklists is dead at the edge at
// once, and the other way round; nothing in Django changes. Importing the package
// registers the Caddy module http.token_refresh.stores.django.
//
// # What the rows mean
//
// A token is spent when its row in token_blacklist_outstandingtoken has one in
// token_blacklist_blacklistedtoken. The two are written as BlacklistMixin.blacklist
// of the named release writes them. Beside them the edge writes the outstanding
// row of the successor, in every release (SimpleJWT does since 5.5), with the
// successor's iat as created_at. The record of the session is read off the rows:
// its derived tokens have jtis with one prefix, in the order of their steps. So a
// token R and the newest row of a later step mean:
//
//	| R blacklisted | a later one | means                                |
//	|---------------|-------------|--------------------------------------|
//	| no            | no          | fresh, known to Django or not        |
//	| yes           | yes         | an edge rotated R                    |
//	| yes           | no          | Django rotated it, or it was revoked |
//	| no            | yes         | R's rows were lost or flushed        |
//
// If the later one is blacklisted itself, the session is over. The blacklisted_at of
// R's own row says when R was spent.
//
// The row that decides a race is the one in the blacklisted table: its token_id is
// unique, and whoever inserted it has won. Not seeing such a row proves nothing.
//
// # Rows of no token
//
// Two kinds of row pairs belong to no token. Their jti is the session's prefix
// followed by a letter that is no hex digit; they name no user, and the text is
// empty. One ends the session: it is written, and durable, before the newest token is
// blacklisted, so that every Spend that begins later is refused. The other notes a
// late retry; its jti is unique, so only one request gets the retry. Rotation without
// blacklist_after_rotation draws random jtis, which have no prefix in common: there,
// ending a session ends only the token presented.
//
// # Limits that come from the tables
//
// The tables have no sites: the database is the namespace, and Name is ignored. They
// have no cut-offs: CutOff blacklists the tokens that the tables know, and ignores
// Second. Django's flushexpiredtokens removes the records. Texts are compared as the
// database compares them, so with a collation that ignores case jtis that differ in
// case are one token, as they are for Django. The jtis that edges make are lower-case
// digits, and their prefix is compared byte for byte.
//
// # Privileges
//
// SELECT and INSERT on both token tables, SELECT on three columns of the user
// table (the key, active_field, and password_field where
// end_sessions_on_password_change is on), and on PostgreSQL USAGE on the two
// sequences.
package djangostore
