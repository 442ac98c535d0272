// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"errors"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// slack is what a busy machine may add to a bound.
const slack = 2 * time.Second

// wantFault demands an error within the bound, and its text.
func wantFault(t *testing.T, s *Store, token store.Token, text string) {
	t.Helper()
	began := time.Now()
	a, err := s.Spend(t.Context(), spending(token, 10*time.Second))
	if took := time.Since(began); took > s.timeout+slack {
		t.Errorf("Spend took %v, bound to %v", took, s.timeout)
	}
	if !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
		t.Fatalf("Spend = %v, %v; want an error that is ErrUnavailable and no verdict", a.Verdict, err)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("Spend says %q, which lacks %q", err, text)
	}
	if status := s.Status(t.Context()); status.LastError == "" || status.LastErrorAt.Before(began) {
		t.Errorf("Status = %+v, want the latest error in it", status)
	}
}

// A config loads while Redis is down, and works once it is up.
func TestDownAtStart(t *testing.T) {
	server := redistest.Start(t)
	server.Stop()
	s := open(t, &Store{Addresses: []string{server.Addr}})
	core, logs := observer.New(zap.InfoLevel)
	s.logger = zap.New(core)
	wantFault(t, s, login(), "refused")
	if s.Status(t.Context()).Up {
		t.Error("Status says that the store is up")
	}
	server.Launch()
	healthy(t, s)
	if !s.Status(t.Context()).Up {
		t.Error("Status says that the store is down")
	}
	for _, text := range []string{"redis cannot be reached", "redis can be reached now"} {
		redistest.Eventually(t, "it is logged that "+text, func() bool { return logs.FilterMessageSnippet(text).Len() == 1 })
	}
}

// After a restart the server knows no script any more (NOSCRIPT), as after a
// failover, and the connections are gone.
func TestRestart(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	mustSpend(t, s, login(), store.Rotated)
	server.Stop()
	wantFault(t, s, login(), "")
	server.Launch()
	healthy(t, s)
	server.Do("SCRIPT", "FLUSH")
	mustSpend(t, s, login(), store.Rotated)
}

// A server that hangs: the answer is an error within the bound, and what was
// asked counts once it goes on.
func TestHanging(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	healthy(t, s)
	server.Pause()
	token := login()
	for end := time.Now().Add(3 * time.Second); time.Now().Before(end); {
		wantFault(t, s, token, "no answer in time")
	}
	server.Resume()
	healthy(t, s)
	a, err := s.Spend(t.Context(), spending(token, time.Hour))
	if err != nil || a.Verdict != store.Rotated && a.Verdict != store.Replayed {
		t.Fatalf("Spend = %v, %v; want rotated or replayed", a.Verdict, err)
	}
}

// CLIENT PAUSE makes the server accept requests and answer later.
func TestSlow(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	healthy(t, s)
	server.Do("CLIENT", "PAUSE", "2000", "ALL")
	wantFault(t, s, login(), "no answer in time")
	healthy(t, s)
}

// A network that swallows everything, on connections that exist.
func TestSilence(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	s := open(t, &Store{Addresses: []string{proxy.Addr}})
	healthy(t, s)
	proxy.Silence(true)
	wantFault(t, s, login(), "no answer in time")
	proxy.Silence(false)
	healthy(t, s)
}

// A connection that breaks in the middle of an answer: the write landed, nobody
// knows, and the repeat is answered with the same successor.
func TestCutInAnswer(t *testing.T) {
	server := redistest.Start(t)
	proxy := redistest.NewProxy(t, server.Addr)
	s := open(t, &Store{Addresses: []string{proxy.Addr}})
	healthy(t, s)
	token := login()
	proxy.CutAnswer(store.Locate(token.JTI).Session)
	wantFault(t, s, token, "")
	if n := server.Do("EXISTS", s.sessionKey("shop", store.Locate(token.JTI))); n != "1" {
		t.Fatalf("EXISTS = %s, want 1: the write was to land", n)
	}
	redistest.Eventually(t, "the connection is back", func() bool {
		_, err := s.Check(t.Context(), &store.Check{Token: login()})
		return err == nil
	})
	mustSpend(t, s, token, store.Replayed)
}

// A master that has become a replica answers nothing, what it knows included.
func TestReadOnly(t *testing.T) {
	master, server := redistest.Start(t), redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	token := login()
	mustSpend(t, s, token, store.Rotated)
	server.Do("REPLICAOF", "127.0.0.1", master.Port)
	wantFault(t, s, login(), "READONLY")
	wantFault(t, s, token, "") // READONLY, or its connection is being made anew
	if _, err := s.Check(t.Context(), &store.Check{Name: "shop", Token: token}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Check on a replica: %v, want ErrUnavailable", err)
	}
	if _, err := s.Revoke(t.Context(), &store.Revocation{Name: "shop", Token: token}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Revoke on a replica: %v, want ErrUnavailable", err)
	}
	if _, err := s.CutOff(t.Context(), &store.CutOff{Name: "shop", User: token.User, Second: time.Now().Unix()}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("CutOff on a replica: %v, want ErrUnavailable", err)
	}
	server.Do("REPLICAOF", "NO", "ONE")
	healthy(t, s)
}

// A full server takes nothing, and is used again once there is room.
func TestOutOfMemory(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	healthy(t, s)
	server.Do("CONFIG", "SET", "maxmemory", "1")
	token := login()
	wantFault(t, s, token, "OOM")
	server.Do("CONFIG", "SET", "maxmemory", "0")
	mustSpend(t, s, token, store.Rotated)
	server.Do("CONFIG", "SET", "maxmemory", "1")
	mustSpend(t, s, token, store.Replayed) // which writes nothing
}

// A server that reads its data at the start answers LOADING.
func TestLoading(t *testing.T) {
	server := redistest.Start(t, "--enable-debug-command", "yes", "--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
	s := open(t, &Store{Addresses: []string{server.Addr}})
	healthy(t, s)
	server.Do("DEBUG", "POPULATE", "5000", "filler", "100")
	server.Do("SAVE")
	server.Stop()
	server.LaunchUnready()
	server.Eventually("the server says LOADING", func() bool { return strings.Contains(server.Try("GET", "x"), "LOADING") })
	redistest.Eventually(t, "the store sees it", func() bool {
		a, err := s.Spend(t.Context(), spending(login(), 0))
		if err == nil {
			t.Fatalf("Spend = %v while the server loads", a.Verdict)
		}
		return strings.Contains(err.Error(), "LOADING")
	})
	healthy(t, s)
}

// What another program wrote at a key of ours is an error, never a verdict.
func TestForeignKeys(t *testing.T) {
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	user := store.User{ID: "7", Kind: store.IntegerUser}
	for name, write := range map[string]func(token store.Token){
		"list at the session":  func(k store.Token) { server.Do("RPUSH", s.sessionKey("shop", store.Locate(k.JTI)), "x") },
		"text at the session":  func(k store.Token) { server.Do("SET", s.sessionKey("shop", store.Locate(k.JTI)), "hello") },
		"empty at the session": func(k store.Token) { server.Do("SET", s.sessionKey("shop", store.Locate(k.JTI)), "") },
		"record of another layout": func(k store.Token) {
			server.Do("SET", s.sessionKey("shop", store.Locate(k.JTI)), "2"+strings.Repeat("x", 30))
		},
		"text at the cut-off": func(store.Token) { server.Do("SET", s.userKey("shop", user.ID), "never") },
	} {
		t.Run(name, func(t *testing.T) {
			token := login()
			write(token)
			wantFault(t, s, token, "")
			server.Do("FLUSHALL")
			mustSpend(t, s, token, store.Rotated)
		})
	}
}
