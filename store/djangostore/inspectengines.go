// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const standby = "the server is a standby, or read-only: name the primary"

func (*postgres) server(ctx context.Context, c *sql.Conn) (s server, err error) {
	var readOnly string
	err = c.QueryRowContext(ctx, "SELECT current_setting('server_version'), current_user, current_setting('transaction_read_only')").
		Scan(&s.about, &s.user, &readOnly)
	s.about = "PostgreSQL " + s.about
	if readOnly == "on" {
		s.closed = standby
	}
	return s, err
}

// find asks the catalogue, which also counts the rights that the user has through
// roles. An identity column needs no right to its sequence.
func (p *postgres) find(ctx context.Context, c *sql.Conn, schema string, n *need) (f found, err error) {
	table := qualify(p, schema, n.table)
	rows, err := c.QueryContext(ctx, `SELECT a.attname, has_column_privilege(a.attrelid, a.attnum, 'SELECT'), has_column_privilege(a.attrelid, a.attnum, 'INSERT')
 FROM pg_attribute a WHERE a.attrelid = to_regclass($1::text) AND a.attnum > 0 AND NOT a.attisdropped`, table)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		var read, written bool
		if err := rows.Scan(&name, &read, &written); err != nil {
			return f, err
		}
		f.add(n, name, read, written)
	}
	if err := rows.Err(); err != nil || f.columns == nil || n.written == nil {
		return f, err
	}
	err = c.QueryRowContext(ctx, `SELECT coalesce(max(s.name), '') FROM (SELECT pg_get_serial_sequence($1::text, a.attname) AS name
 FROM pg_attribute a WHERE a.attrelid = to_regclass($1::text) AND a.attname = 'id' AND a.attidentity = '') AS s
 WHERE NOT has_sequence_privilege(s.name, 'USAGE')`, table).Scan(&f.sequence)
	return f, err
}

// add notes a column, and which rights to it are missing.
func (f *found) add(n *need, name string, read, written bool) {
	f.columns = append(f.columns, name)
	if same := func(c string) bool { return strings.EqualFold(c, name) }; slices.ContainsFunc(n.read, same) && !read {
		f.unreadable = append(f.unreadable, name)
	} else if slices.ContainsFunc(n.written, same) && !written {
		f.unwritable = append(f.unwritable, name)
	}
}

func (*mysqlEngine) server(ctx context.Context, c *sql.Conn) (s server, err error) {
	var readOnly string
	err = c.QueryRowContext(ctx, "SELECT VERSION(), CURRENT_USER(), @@global.read_only").Scan(&s.about, &s.user, &readOnly)
	if name, host, ok := strings.Cut(s.user, "@"); ok {
		s.user = "'" + name + "'@'" + host + "'"
	}
	s.hides = true
	kind := "MySQL "
	if strings.Contains(s.about, "MariaDB") {
		kind = "" // the version names it
	}
	s.about = kind + s.about
	if readOnly != "0" && !strings.EqualFold(readOnly, "off") {
		s.closed = standby
	}
	return s, err
}

// find asks the catalogue, which lists the columns that the user has any right to,
// and the rights: whether granted to the user, to a role, or on the column alone.
func (*mysqlEngine) find(ctx context.Context, c *sql.Conn, schema string, n *need) (f found, err error) {
	rows, err := c.QueryContext(ctx, "SELECT column_name, privileges FROM information_schema.columns "+
		"WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ?", schema, n.table)
	if err != nil {
		return f, err
	}
	defer rows.Close()
	for rows.Next() {
		var name, privileges string
		if err := rows.Scan(&name, &privileges); err != nil {
			return f, err
		}
		may := strings.Split(strings.ToLower(privileges), ",")
		f.add(n, name, slices.Contains(may, "select"), slices.Contains(may, "insert"))
	}
	return f, rows.Err()
}

// server asks the file system: SQLite writes a file beside the database.
func (s *sqlite) server(ctx context.Context, c *sql.Conn) (found server, err error) {
	err = c.QueryRowContext(ctx, "SELECT 'SQLite ' || sqlite_version()").Scan(&found.about)
	if !mayWrite(s.path) || !mayWrite(filepath.Dir(s.path)) {
		found.closed = "Caddy's user may not write the file of the database or its directory: let it write both"
	}
	return found, err
}

func (s *sqlite) find(ctx context.Context, c *sql.Conn, _ string, n *need) (f found, err error) {
	columns, err := s.columns(ctx, c, &names{users: n.table})
	for _, col := range columns {
		f.add(n, col.name, true, true)
	}
	return f, err
}

// mayWrite reports whether this process may write a file or a directory. It opens the
// file for writing; of a directory it can only read the mode.
func mayWrite(path string) bool {
	info, err := os.Stat(path)
	if err != nil {
		return false
	}
	if info.IsDir() {
		return info.Mode().Perm()&0o222 != 0
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false
	}
	return file.Close() == nil
}
