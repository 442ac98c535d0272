// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/certtest"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// grants are those of the user certified, who needs a client certificate.
var grants = map[string][]string{
	"postgres": {
		"CREATE ROLE certified LOGIN PASSWORD 'p/w'",
		"GRANT SELECT, INSERT ON token_blacklist_outstandingtoken, token_blacklist_blacklistedtoken TO certified",
		"GRANT SELECT (id, is_active) ON auth_user TO certified",
	},
	"mysql": {
		"CREATE USER certified IDENTIFIED BY 'p/w' REQUIRE X509",
		"GRANT SELECT, INSERT ON token_blacklist_outstandingtoken TO certified",
		"GRANT SELECT, INSERT ON token_blacklist_blacklistedtoken TO certified",
		"GRANT SELECT (id, is_active) ON auth_user TO certified",
	},
}

// networkCase is the options of a URL, and what becomes of them.
type networkCase struct {
	name, options string
	want          string // "" for an answer, else what the error says
}

// refusal is what an error says of a certificate that the server refuses: no more than
// that there is no answer, since its alert may be lost.
const refusal = "unavailable"

// network reaches a server that wants client certificates, and by its socket. What is
// wrong with a certificate is an error with the cure, and never a verdict.
func (v *live) network(t *testing.T) {
	if v.kind == "sqlite" {
		return // it is no server
	}
	dir := t.TempDir()
	authority, stranger := newAuthority(t, dir, "ca"), newAuthority(t, dir, "stranger")
	server := issue(t, authority.Server, "server", "127.0.0.1")
	client, other := issue(t, authority.Client, "client", "certified"), issue(t, authority.Client, "other", "somebody")
	alien := issue(t, stranger.Client, "alien", "certified")
	cases := map[string][]networkCase{
		"postgres": {
			{"verify-full", pg("verify-full", authority, client), ""},
			{"verify-ca", pg("verify-ca", authority, client), ""},
			{"require", "sslmode=require&sslcert=" + client.Cert + "&sslkey=" + client.Key, ""},
			{"wrong authority", pg("verify-full", stranger, client), "as sslrootcert in the database's URL"},
			{"no certificate", "sslmode=verify-full&sslrootcert=" + authority.File, "at sslcert and sslkey if the server"},
			{"another's certificate", pg("verify-full", authority, other), "at sslcert and sslkey if the server"},
			{"alien certificate", pg("verify-full", authority, alien), refusal},
			{"plain", "sslmode=disable", "at sslmode, and at sslcert"},
			{"wrong host", pg("verify-full", authority, client), "or sslmode=verify-ca"},
		},
		"mysql": {
			{"VERIFY_IDENTITY", my(authority, client), ""},
			{"VERIFY_CA", "ssl-mode=VERIFY_CA&" + my(authority, client), ""},
			{"unverified", "ssl_cert=" + client.Cert + "&ssl_key=" + client.Key, ""},
			{"wrong authority", my(stranger, client), "as ssl-ca in the database's URL"},
			{"wrong authority, any name", "ssl-mode=verify_ca&" + my(stranger, client), "as ssl-ca in the database's URL"},
			{"no certificate", "ssl-ca=" + authority.File, "at ssl-cert and ssl-key if the user has REQUIRE X509"},
			{"alien certificate", my(authority, alien), refusal},
			{"plain", "", "at ssl-cert and ssl-key if the user has REQUIRE X509"},
			{"wrong host", my(authority, client), "or ssl-mode=VERIFY_CA"},
		},
	}[v.kind]
	p := v.project(t, djangotest.Project{Release: "5.5"})
	p.Database.Must(t, grants[v.kind]...)
	v.server.Secure(t, authority.File, server)
	now := time.Now().Unix()
	token := store.Token{JTI: strings.Repeat("a", 32), IssuedAt: now - 60, ExpiresAt: now + 86_400}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) { v.reach(t, p, token, &tc) })
	}
	t.Run("socket", func(t *testing.T) { v.socket(t, p, token) })
}

func newAuthority(t *testing.T, dir, name string) *certtest.Authority {
	t.Helper()
	a, err := certtest.New(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func issue(t *testing.T, by func(name, of string) (*certtest.Pair, error), name, of string) *certtest.Pair {
	t.Helper()
	p, err := by(name, of)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pg(mode string, ca *certtest.Authority, p *certtest.Pair) string {
	return "sslmode=" + mode + "&sslrootcert=" + ca.File + "&sslcert=" + p.Cert + "&sslkey=" + p.Key
}

func my(ca *certtest.Authority, p *certtest.Pair) string {
	return "ssl-ca=" + ca.File + "&ssl-cert=" + p.Cert + "&ssl-key=" + p.Key
}

// reach asks about a token as certified. The errors of a check are those of a request.
func (v *live) reach(t *testing.T, p *djangotest.Project, token store.Token, tc *networkCase) {
	t.Helper()
	host := "127.0.0.1"
	if tc.name == "wrong host" {
		host = "localhost"
	}
	s := open(t, p, func(s *Store) {
		s.DSN = fmt.Sprintf("%s://%s@%s:%d/%s?%s", v.kind, url.UserPassword("certified", "p/w"), host, v.server.Port, p.Database.Name, tc.options)
	})
	a, err := s.Check(context.Background(), &store.Check{Token: token})
	if tc.want == "" {
		want(t, "Check", a, err, store.Live)
		return
	}
	if !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
		t.Fatalf("Check = %v, %v; want an error", a.Verdict, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	faults := s.Inspect(ctx, &store.Inspection{}).Faults
	if !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "p/w") {
		t.Errorf("it says %q, want %q", err, tc.want)
	}
	if len(faults) != 1 || tc.want != refusal && !strings.Contains(faults[0], tc.want) {
		t.Errorf("check finds %q, want %q", faults, tc.want)
	}
}

// socket reaches the server by its socket, in each spelling that Django's libraries
// read.
func (v *live) socket(t *testing.T, p *djangotest.Project, token store.Token) {
	t.Helper()
	login, socket := url.UserPassword(djangotest.Admin, djangotest.AdminPassword).String(), v.server.Socket()
	urls := []string{"mysql://" + login + "@/" + p.Database.Name + "?unix_socket=" + socket, "mysql://" + login + "@" + url.QueryEscape(socket) + "/" + p.Database.Name}
	if v.kind == "postgres" {
		port := fmt.Sprint(v.server.Port)
		urls = []string{
			"postgres://" + login + "@" + url.QueryEscape(socket) + ":" + port + "/" + p.Database.Name,
			"postgis://" + login + "@/" + p.Database.Name + "?host=" + socket + "&port=" + port,
		}
	}
	for _, dsn := range urls {
		s := open(t, p, func(s *Store) { s.DSN = dsn })
		a, err := s.Check(context.Background(), &store.Check{Token: token})
		want(t, "Check by the socket", a, err, store.Live)
	}
}
