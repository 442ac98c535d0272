// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/release"
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
			t.Run("Network", v.network) // the last one: the server has TLS afterwards
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

// open makes a store of its own, with its own connections, as another edge has.
func open(t testing.TB, p *djangotest.Project, change func(*Store)) *Store {
	t.Helper()
	s := &Store{
		DSN: p.Database.URL, Timeout: caddy.Duration(10 * time.Second), TimeZone: p.TimeZone,
		MaxConnections: ownPool(),
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
	r := release.MustNamed(p.Release)
	if err := s.SetBackend(store.Backend{UserIDField: "id", RecordsOwner: r.RecordsOwner, LooksUpOwner: r.LooksUpOwner}); err != nil {
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
	d := &tables{p.Database.DB, v.kind == "postgres"}
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
			Issue:  d.login,
			Forget: d.forget,
		}
	})
}
