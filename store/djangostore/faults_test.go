// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// faults makes the database fail in many ways. Each time there is an error in
// time, never a verdict, and afterwards everything works again by itself.
func (v *live) faults(t *testing.T) {
	p := v.project(t, djangotest.Project{Release: "5.5"})
	bound := 700 * time.Millisecond
	proxy := djangotest.NewProxy(t, v.server.Port)
	s := open(t, p, func(s *Store) {
		s.Timeout = caddy.Duration(bound)
		s.DSN = proxy.URL(s.DSN)
	})
	session := signIn(t, p, "ann")
	down := func(t *testing.T, how string) {
		t.Helper()
		for range 3 {
			begin := time.Now()
			a, err := s.Spend(context.Background(), spending(session, time.Hour))
			if !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
				t.Errorf("%s: Spend = %v, %v; want an error", how, a.Verdict, err)
			}
			if took := time.Since(begin); took > bound+500*time.Millisecond {
				t.Errorf("%s: Spend took %v, more than %v", how, took, bound)
			}
		}
		if st := s.Status(context.Background()); st.Up || st.LastError == "" {
			t.Errorf("%s: Status = %+v, want down", how, st)
		}
	}
	up := func(t *testing.T, how string) {
		t.Helper()
		deadline := time.Now().Add(30 * time.Second)
		for {
			a, err := s.Spend(context.Background(), spending(session, time.Hour))
			if err == nil {
				if !a.Verdict.Passes() {
					t.Fatalf("%s: Spend = %v, want rotated or replayed", how, a.Verdict)
				}
				session = follow(session, a.Successor)
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: no recovery: %v", how, err)
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	up(t, "at first")
	v.locked(t, p, s)
	missing(t, p, down, up)
	if v.kind == "sqlite" {
		return
	}
	proxy.Hold(true)
	down(t, "hanging")
	proxy.Hold(false)
	up(t, "after hanging")
	for _, hard := range []bool{false, true} {
		how := fmt.Sprintf("stopped, hard %v", hard)
		v.server.Stop(hard)
		down(t, how)
		fresh := open(t, p, nil) // loads while the database is down
		v.server.Run(t)
		up(t, how)
		a, err := fresh.Check(context.Background(), &store.Check{Token: session})
		want(t, how+": Check of a store loaded meanwhile", a, err, store.Live)
	}
	v.readOnly(t, p, down, up)
	exhausted(t, p)
}

// locked has another transaction hold the row that a spending needs.
func (v *live) locked(t *testing.T, p *djangotest.Project, s *Store) {
	t.Helper()
	token := signIn(t, p, "ann")
	tx, err := p.Database.Begin()
	if err != nil {
		t.Fatal(err)
	}
	id := p.Database.Int(t, "SELECT max(id) FROM token_blacklist_outstandingtoken")
	insert := fmt.Sprintf("INSERT INTO token_blacklist_blacklistedtoken (token_id, blacklisted_at) VALUES (%d, '2026-01-01 00:00:00')", id)
	if _, err := tx.Exec(insert); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	a, err := s.Spend(context.Background(), spending(token, time.Hour))
	if err == nil || a.Verdict != store.Undecided || time.Since(begin) > 2*time.Second {
		t.Errorf("Spend while another holds the row = %v, %v after %v; want an error in time", a.Verdict, err, time.Since(begin))
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for {
		a, err = s.Spend(context.Background(), spending(token, time.Hour))
		if err == nil || time.Now().After(deadline) {
			break
		}
	}
	if err != nil || !a.Verdict.Passes() {
		t.Errorf("Spend afterwards = %v, %v; want rotated, or replayed where the first one landed late", a.Verdict, err)
	}
}

func missing(t *testing.T, p *djangotest.Project, down, up func(*testing.T, string)) {
	t.Helper()
	p.Database.Must(t, "ALTER TABLE token_blacklist_blacklistedtoken RENAME TO elsewhere")
	down(t, "table missing")
	p.Database.Must(t, "ALTER TABLE elsewhere RENAME TO token_blacklist_blacklistedtoken")
	up(t, "table back")
	p.Database.Must(t, "ALTER TABLE auth_user RENAME TO elsewhere")
	down(t, "user table missing")
	p.Database.Must(t, "ALTER TABLE elsewhere RENAME TO auth_user")
	up(t, "user table back")
}

func (v *live) readOnly(t *testing.T, p *djangotest.Project, down, up func(*testing.T, string)) {
	t.Helper()
	on, off := "ALTER DATABASE "+p.Database.Name+" SET default_transaction_read_only = on", "ALTER DATABASE "+p.Database.Name+" RESET default_transaction_read_only"
	kill := "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'caddyrefresh'"
	if v.kind == "mysql" {
		return // its super user writes on; the GRANTs test has the error's like
	}
	p.Database.Must(t, on, kill)
	a, err := open(t, p, nil).Spend(context.Background(), spending(signInRow(t, p), 0))
	if err == nil || a.Verdict != store.Undecided {
		t.Errorf("Spend on a read-only server = %v, %v", a.Verdict, err)
	}
	p.Database.Must(t, "SET default_transaction_read_only = off; "+off)
	up(t, "written to again")
}

// signInRow is a token that needs no row, for a database that takes none.
func signInRow(t *testing.T, p *djangotest.Project) store.Token {
	return signFor(t, p, "00000000000000000000000000000000")
}

// exhausted has one connection for many.
func exhausted(t *testing.T, p *djangotest.Project) {
	t.Helper()
	s := open(t, p, func(s *Store) { s.MaxConnections = 1 })
	var wg sync.WaitGroup
	for i := range 32 {
		token := signFor(t, p, fmt.Sprintf("pool%028x", i))
		wg.Go(func() {
			a, err := s.Spend(context.Background(), spending(token, 0))
			if err != nil || a.Verdict != store.Rotated {
				t.Errorf("Spend = %v, %v; want rotated", a.Verdict, err)
			}
		})
	}
	wg.Wait()
}
