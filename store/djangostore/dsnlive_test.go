// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// dsn asks the server what became of a URL's options, and reaches it by its
// socket. Guards that a space in an option arrives as a space.
func (v *live) dsn(t *testing.T) {
	if v.kind != "postgres" {
		return // the others have no option that the server sees
	}
	p := v.project(t, djangotest.Project{Release: "5.5"})
	p.Database.Must(t, "CREATE SCHEMA app", "CREATE ROLE web")
	for options, want := range map[string]string{
		"options=-c%20search_path%3Dapp,public": "app,public admin",
		"options=-c+search_path%3Dapp,public":   "app,public admin",
		"currentSchema=app":                     "app admin",
		"assume_role=web":                       `"$user", public web`,
	} {
		s := open(t, p, func(s *Store) { s.DSN += "?" + options })
		var path, role string
		if err := s.pool.db.QueryRow("SELECT current_setting('search_path'), current_user").Scan(&path, &role); err != nil {
			t.Fatalf("%s: %v", options, err)
		}
		if got := path + " " + role; got != want {
			t.Errorf("%s: search_path and role are %s, want %s", options, got, want)
		}
	}
	var dir string
	if err := p.Database.QueryRow("SHOW unix_socket_directories").Scan(&dir); err != nil {
		t.Fatal(err)
	}
	s := open(t, p, func(s *Store) {
		s.DSN = fmt.Sprintf("psql://%s@%s:%d/%s", url.UserPassword(djangotest.Admin, djangotest.AdminPassword), url.QueryEscape(dir), v.server.Port, p.Database.Name)
	})
	a, err := s.Check(context.Background(), &store.Check{Token: signIn(t, p, "ann")})
	want(t, "Check by the socket", a, err, store.Live)
}
