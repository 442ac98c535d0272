// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

var _ store.Inspector = (*Store)(nil)

// need is what the store needs of one table.
type need struct {
	table   string
	read    []string // columns
	written []string // columns; none where nothing is inserted
}

// found is what a table has.
type found struct {
	columns    []string // nil where there is no such table, or none that may be seen
	unreadable []string // of need.read
	unwritable []string // of need.written
	sequence   string   // gives the rows their ids, and may not be used
}

// server is what a database says of itself and of its user.
type server struct {
	about  string
	user   string // as GRANT names it
	closed string // why it takes no writes, and the cure; "" where it does
	hides  bool   // its catalogue does not list what the user may not touch
}

// Inspect implements store.Inspector. The store keeps nothing of what it learns.
func (s *Store) Inspect(ctx context.Context, i *store.Inspection) store.Report {
	c, err := s.pool.db.Conn(ctx)
	if err != nil {
		return store.Report{Faults: []string{s.faultOf(err).text}}
	}
	defer c.Close()
	in := inspection{s: s, c: c, users: i.Users}
	if err := in.run(ctx); err != nil {
		in.Faults = append(in.Faults, s.faultOf(err).text)
	}
	return in.Report
}

// Peek implements store.Inspector.
func (s *Store) Peek(ctx context.Context, c *store.Check) (store.Answer, error) {
	patient := *s
	if deadline, ok := ctx.Deadline(); ok {
		patient.timeout = max(s.timeout, time.Until(deadline))
	}
	return patient.Check(ctx, c)
}

// inspection is one Inspect under way.
type inspection struct {
	store.Report
	s      *Store
	c      *sql.Conn
	users  store.UserChecks
	server server
}

func (in *inspection) fault(format string, args ...any) {
	in.Faults = append(in.Faults, fmt.Sprintf(format, args...))
}

func (in *inspection) run(ctx context.Context) (err error) {
	e := in.s.pool.engine
	if in.server, err = e.server(ctx, in.c); err != nil {
		return err
	}
	in.About = in.server.about
	clock := (&query{d: e}).add("SELECT ", e.nowText())
	var now string
	if err := in.c.QueryRowContext(ctx, clock.String(), clock.args...).Scan(&now); err != nil {
		return err
	}
	if in.Now, err = parseStamp(now); err != nil {
		return err
	}
	if in.server.closed != "" {
		in.fault("%s", in.server.closed)
	}
	for _, n := range in.needs() {
		f, err := e.find(ctx, in.c, in.s.names.schema, &n)
		if err != nil {
			return err
		}
		in.judge(&n, &f)
	}
	if len(in.Faults) > 0 {
		return nil
	}
	// The question itself shows what else can go wrong.
	l, err := in.s.layout(ctx, in.c)
	if err != nil {
		return err
	}
	checks := in.users
	checks.PasswordClaim = ""
	q, _ := ask(&store.Token{User: store.User{ID: "0", Kind: store.IntegerUser}}, checks, l)
	_, err = l.look(ctx, in.c, q)
	return err
}

// needs are the tables and columns that the statements of this package name.
func (in *inspection) needs() []need {
	n := in.s.names
	users := need{table: n.users, read: []string{n.userID}}
	if in.users.Active {
		users.read = append(users.read, n.active)
	}
	if in.users.Password {
		users.read = append(users.read, n.password)
	}
	return []need{
		{
			table:   outstandingTable,
			read:    []string{"id", "jti", "token", "created_at", "expires_at"},
			written: []string{"user_id", "jti", "token", "created_at", "expires_at"},
		},
		{
			table:   blacklistedTable,
			read:    []string{"id", "token_id", "blacklisted_at"},
			written: []string{"token_id", "blacklisted_at"},
		},
		users,
	}
}

// judge reports what is missing of a table.
func (in *inspection) judge(n *need, f *found) {
	if f.columns == nil {
		cure := "add rest_framework_simplejwt.token_blacklist to INSTALLED_APPS and run its migrations, or set schema"
		if n.table == in.s.names.users {
			cure = "write the table of AUTH_USER_MODEL as user_table, or set schema"
		}
		in.fault("there is no table %s that this user may see: %s%s", n.table, cure, in.orGrant(n, n.read))
		return
	}
	var missing []string
	for _, name := range slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(n.read), n.written...)))) {
		if !slices.ContainsFunc(f.columns, func(c string) bool { return strings.EqualFold(c, name) }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		cure := "run the migrations of token_blacklist"
		if n.table == in.s.names.users {
			cure = "look at user_id_field, active_field and password_field"
		}
		in.fault("the table %s has no column %s: %s%s", n.table, strings.Join(missing, ", "), cure, in.orGrant(n, missing))
		return
	}
	if len(f.unreadable) > 0 {
		in.fault("the user %s may not read all of the table %s: run GRANT SELECT (%s) ON %s TO %s",
			in.server.user, n.table, strings.Join(f.unreadable, ", "), n.table, in.server.user)
	}
	if len(f.unwritable) > 0 {
		in.fault("the user %s may not write the table %s: run GRANT SELECT, INSERT ON %s TO %s",
			in.server.user, n.table, n.table, in.server.user)
	}
	if f.sequence != "" {
		in.fault("the user %s may not use the sequence of the table %s: run GRANT USAGE ON SEQUENCE %s TO %s",
			in.server.user, n.table, f.sequence, in.server.user)
	}
}

// orGrant adds the other cure if a missing right may hide the columns.
func (in *inspection) orGrant(n *need, columns []string) string {
	if !in.server.hides {
		return ""
	}
	return fmt.Sprintf(", or run GRANT SELECT (%s) ON %s TO %s if it is there", strings.Join(columns, ", "), n.table, in.server.user)
}
