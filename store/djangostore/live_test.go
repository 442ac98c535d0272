// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// live is a server of one kind, and what the tests on it share.
type live struct {
	kind   string
	server *djangotest.Server
}

// TestLive runs everything that needs a database, on each of them.
func TestLive(t *testing.T) {
	for _, kind := range djangotest.Kinds {
		t.Run(kind, func(t *testing.T) {
			v := &live{kind, djangotest.Start(t, kind, false)}
			t.Run("Suite", v.suite)
			t.Run("Bouncer", v.bouncer)
			t.Run("Abandoned", v.abandoned)
			t.Run("Rows", v.rows)
			t.Run("Keys", v.keys)
			t.Run("Users", v.users)
			t.Run("UserIDs", v.userIDs)
			t.Run("TimeZone", v.timeZone)
			t.Run("Django", v.django)
			t.Run("Grants", v.grants)
			t.Run("Faults", v.faults)
			t.Run("Counted", v.counted)
			t.Run("Collations", v.collations)
			t.Run("Marks", v.marks)
			t.Run("DSN", v.dsn)
		})
	}
}

// project makes a migrated database.
func (v *live) project(t *testing.T, p djangotest.Project) *djangotest.Project {
	t.Helper()
	p.Database = v.server.Create(t, "")
	p.Migrate(t)
	return &p
}

var handles atomic.Int64

// open makes a store of its own, with its own connections, as another edge has.
func open(t testing.TB, p *djangotest.Project, change func(*Store)) *Store {
	t.Helper()
	s := &Store{
		DSN: p.Database.URL, Timeout: caddy.Duration(10 * time.Second), TimeZone: p.TimeZone,
		MaxConnections: int(20 + handles.Add(1)), // its own pool
	}
	if p.Key != "" && p.Key != "integer" {
		s.UserTable = "people_user"
	}
	if change != nil {
		change(s)
	}
	variable := fmt.Sprintf("DJANGOSTORE_TEST_%d", handles.Load())
	t.Setenv(variable, s.DSN)
	s.DSN = "{env." + variable + "}"
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	t.Cleanup(func() { _ = s.Cleanup() })
	if err := s.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.SetBackend(store.Backend{Release: p.Release, UserIDField: "id"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// suite runs what every store must pass, with users of any name.
func (v *live) suite(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5", Key: "text"})
	var open3 []*Store
	for range 3 {
		open3 = append(open3, open(t, p, nil))
	}
	v.run(t, p, open3)
}

// bouncer runs the same behind a PgBouncer in transaction mode.
func (v *live) bouncer(t *testing.T) {
	if v.kind != "postgres" {
		return // it is PostgreSQL's
	}
	p := v.project(t, djangotest.Project{Release: "5.3", Key: "text"})
	port := djangotest.Bouncer(t, v.server, p.Database.Name)
	var stores []*Store
	for range 3 {
		stores = append(stores, open(t, p, func(s *Store) {
			s.DSN = strings.Replace(s.DSN, fmt.Sprintf(":%d/", v.server.Port), fmt.Sprintf(":%d/", port), 1)
		}))
	}
	v.run(t, p, stores)
}

// run runs the suite with the stores as its edges.
func (v *live) run(t *testing.T, p *djangotest.Project, stores []*Store) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		p.Database.Must(t, "DELETE FROM token_blacklist_blacklistedtoken", "DELETE FROM token_blacklist_outstandingtoken")
		next := 0
		return storetest.Opener{
			Open: func(*testing.T) store.Store {
				s := stores[next%len(stores)]
				s.state = new(state) // what went wrong before is not this test's
				next++
				return shortIDs{s}
			},
			Issue:  func(t *testing.T, token store.Token) { login(t, p, token) },
			Forget: func(t *testing.T, _, jti string) { forget(t, p, jti) },
		}
	})
}

// login writes what Django writes for a token at login, the user included.
func login(t testing.TB, p *djangotest.Project, token store.Token) {
	t.Helper()
	token.User = short(token.User)
	var user any
	mark := func(n int) string {
		if p.Database.Server.Kind == "postgres" {
			return fmt.Sprintf("$%d", n)
		}
		return "?"
	}
	if token.User.Kind != store.NoUser {
		user = token.User.ID
		insert := "INSERT INTO people_user (id, username, password, is_active) VALUES (" + mark(1) + ", " + mark(2) + ", 'x', " +
			map[bool]string{true: "TRUE", false: "1"}[p.Database.Server.Kind == "postgres"] + ")"
		sum := sha256.Sum256([]byte(token.User.ID))
		if _, err := p.Database.Exec(insert, user, hex.EncodeToString(sum[:])); err != nil && !isDuplicate(err) {
			t.Fatal(err)
		}
	}
	// The suite may issue a token again, for another user.
	if _, err := p.Database.Exec("DELETE FROM token_blacklist_outstandingtoken WHERE jti = "+mark(1), token.JTI); err != nil {
		t.Fatal(err)
	}
	_, err := p.Database.Exec("INSERT INTO token_blacklist_outstandingtoken (user_id, jti, token, created_at, expires_at) VALUES ("+
		mark(1)+", "+mark(2)+", "+mark(3)+", "+mark(4)+", "+mark(5)+")",
		user, token.JTI, token.Text, stamp(token.IssuedAt), stamp(token.ExpiresAt))
	if err != nil {
		t.Fatal(err)
	}
}

// forget deletes all rows of a session.
func forget(t testing.TB, p *djangotest.Project, jti string) {
	t.Helper()
	of := "jti LIKE '" + store.Locate(jti).Prefix() + "%' OR jti = '" + jti + "'"
	p.Database.Must(t,
		"DELETE FROM token_blacklist_blacklistedtoken WHERE token_id IN (SELECT id FROM token_blacklist_outstandingtoken WHERE "+of+")",
		"DELETE FROM token_blacklist_outstandingtoken WHERE "+of)
}

func isDuplicate(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "duplicate") || strings.Contains(text, "unique")
}

// shortIDs is a store for the suite, which has user ids that no key column of
// Django's is wide enough for.
type shortIDs struct{ *Store }

func short(u store.User) store.User {
	if len(u.ID) > 255 {
		sum := sha256.Sum256([]byte(u.ID))
		u.ID = hex.EncodeToString(sum[:])
	}
	return u
}

func (s shortIDs) Check(ctx context.Context, c *store.Check) (store.Answer, error) {
	c2 := *c
	c2.Token.User = short(c.Token.User)
	return s.Store.Check(ctx, &c2)
}

func (s shortIDs) Spend(ctx context.Context, r *store.Spend) (store.Answer, error) {
	r2 := *r
	r2.Token.User = short(r.Token.User)
	return s.Store.Spend(ctx, &r2)
}

func (s shortIDs) Revoke(ctx context.Context, r *store.Revocation) (store.RevokeAnswer, error) {
	r2 := *r
	r2.Token.User = short(r.Token.User)
	return s.Store.Revoke(ctx, &r2)
}

func (s shortIDs) CutOff(ctx context.Context, c *store.CutOff) (store.CutOffAnswer, error) {
	c2 := *c
	c2.User = short(c.User)
	return s.Store.CutOff(ctx, &c2)
}
