// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/goleak"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/filestore/internal/ledger"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

func TestMain(m *testing.M) {
	// Caddy and its libraries start these for the life of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreCurrent())
}

// provision makes a store as loading a config does. It is cleaned up by the
// function returned, or else at the end of the test.
func provision(t *testing.T, s *Store) (cleanup func(), err error) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	if err := s.Provision(ctx); err != nil {
		cancel()
		// Caddy cleans up what could not be provisioned, too.
		if err := s.Cleanup(); err != nil {
			t.Errorf("Cleanup after a failed Provision: %v", err)
		}
		return nil, err
	}
	done := false
	cleanup = func() {
		if done {
			return
		}
		done = true
		cancel()
		if err := s.Cleanup(); err != nil {
			t.Errorf("Cleanup: %v", err)
		}
	}
	t.Cleanup(cleanup)
	return cleanup, nil
}

// TestSuite is the suite on the module as Caddy runs it, on the machine's clock.
func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		path := filepath.Join(t.TempDir(), "tokens.db")
		return storetest.Opener{Open: func(t *testing.T) store.Store {
			s := &Store{Path: path}
			if _, err := provision(t, s); err != nil {
				t.Fatal(err)
			}
			return s
		}}
	})
}

func TestTraits(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{0: 250 * time.Millisecond, time.Second: time.Second} {
		s := &Store{Path: filepath.Join(t.TempDir(), "tokens.db"), Timeout: caddy.Duration(timeout)}
		if _, err := provision(t, s); err != nil {
			t.Fatal(err)
		}
		if got := s.Traits(); got != (store.Traits{Kind: "file", Timeout: want}) {
			t.Errorf("Traits = %+v, want kind file, timeout %v", got, want)
		}
	}
	for _, timeout := range []time.Duration{-1, 11 * time.Second} {
		s := &Store{Path: filepath.Join(t.TempDir(), "tokens.db"), Timeout: caddy.Duration(timeout)}
		if _, err := provision(t, s); err == nil || !strings.HasPrefix(err.Error(), "store file: timeout") {
			t.Errorf("a timeout of %v: %v", timeout, err)
		}
	}
}

// TestDefaultPath: the file lies below Caddy's data directory.
func TestDefaultPath(t *testing.T) {
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	s := new(Store)
	if _, err := provision(t, s); err != nil {
		t.Fatal(err)
	}
	spend(t, s, "a", store.Rotated)
	if _, err := os.Stat(filepath.Join(data, "caddy", "token_refresh", "tokens.db")); err != nil {
		t.Errorf("the file is not where it belongs: %v", err)
	}
}

func spend(t *testing.T, s *Store, jti string, want store.Verdict) {
	t.Helper()
	now := time.Now().Unix()
	a, err := s.Spend(t.Context(), &store.Spend{
		Token:     store.Token{JTI: jti, IssuedAt: now, ExpiresAt: now + 60},
		Successor: store.Issued{JTI: store.Successor(jti), IssuedAt: now, ExpiresAt: now + 60},
	})
	if err != nil || a.Verdict != want {
		t.Errorf("Spend(%q) = %v, %v; want %v", jti, a.Verdict, err, want)
	}
}

// TestShared: sites and reloads share one open file, under whatever name they
// reach it, and the last one closes it.
func TestShared(t *testing.T) {
	dir := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "new", "tokens.db")
	t.Setenv("TOKENS", path)
	var cleanups []func()
	for i, name := range []string{path, filepath.Join(dir, "x", "..", "new", "tokens.db"), filepath.Join(link, "new", "tokens.db"), "{env.TOKENS}"} {
		s := &Store{Path: name}
		cleanup, err := provision(t, s)
		if err != nil {
			t.Fatal(err)
		}
		cleanups = append(cleanups, cleanup)
		if i == 0 {
			spend(t, s, "a", store.Rotated)
		}
		spend(t, s, "a", store.Reused)
	}
	key, err := canonical(path)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := files.References(key); n != len(cleanups) {
		t.Errorf("the file is referenced %d times, want %d", n, len(cleanups))
	}
	if l, err := ledger.Open(path, ledger.Options{}, nil); !errors.Is(err, ledger.ErrLocked) {
		t.Errorf("opening it besides: %v, %v; want ErrLocked", l, err)
	}
	for _, cleanup := range cleanups {
		cleanup()
	}
	if n, there := files.References(key); there {
		t.Errorf("the file is still referenced %d times", n)
	}
	// Closed, it can be opened again, and knows what it knew.
	s := &Store{Path: path}
	if _, err := provision(t, s); err != nil {
		t.Fatal(err)
	}
	spend(t, s, "a", store.Reused)
}

// TestReload: the old config goes when the new one is there, and requests of
// both are answered meanwhile.
func TestReload(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	jti := "00000000000000000000000000000000"
	var before func()
	var old *Store
	for range 20 {
		s := &Store{Path: path}
		cleanup, err := provision(t, s)
		if err != nil {
			t.Fatal(err)
		}
		if before != nil {
			spend(t, old, jti, store.Reused)
			before()
		}
		jti = store.Successor(jti)
		spend(t, s, jti, store.Rotated)
		before, old = cleanup, s
	}
}

// TestReloadWhileDamaged guards that a file which is damaged under the running
// edge holds up neither a reload nor a stop, and that Status says what is wrong.
// (A fault in a head of the file left bbolt's lock held: both hung.)
func TestReloadWhileDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	s := &Store{Path: path}
	stop, err := provision(t, s)
	if err != nil {
		t.Fatal(err)
	}
	spend(t, s, "a", store.Rotated)
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(30 * time.Second); s.Status(t.Context()).Up; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody noticed that the file was emptied")
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		next := &Store{Path: path}
		cleanup, err := provision(t, next)
		if err != nil {
			t.Errorf("a reload: %v", err)
			return
		}
		stop()
		if _, err := next.Check(t.Context(), &store.Check{Token: store.Token{JTI: "a"}}); !errors.Is(err, store.ErrUnavailable) {
			t.Errorf("Check: %v, want ErrUnavailable", err)
		}
		if st := next.Status(t.Context()); st.Up || st.LastError == "" {
			t.Errorf("Status = %+v, want down, with the reason", st)
		}
		cleanup()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatal("a reload or a stop hangs")
	}
}

// TestProvisionFails: the config is refused where the file can never work, with
// the path and the reason.
func TestProvisionFails(t *testing.T) {
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged.db")
	if err := os.WriteFile(damaged, []byte(strings.Repeat("x", 100_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(dir, "empty.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		path string
		want []string
	}{
		"damaged":             {damaged, []string{damaged, "not a token store"}},
		"empty":               {empty, []string{empty, "it is empty"}},
		"below a file":        {filepath.Join(damaged, "tokens.db"), []string{"not a directory"}},
		"a directory":         {dir, []string{dir, "not a regular file"}},
		"unknown placeholder": {"{env,TOKENS}", []string{"store file: path: it holds a placeholder"}},
		"empty placeholder":   {"{env.NO_SUCH_VARIABLE_HERE}", []string{"store file: path: {env.NO_SUCH_VARIABLE_HERE}"}},
	} {
		_, err := provision(t, &Store{Path: tc.path})
		if err == nil {
			t.Errorf("%s: Provision reports no error", name)
			continue
		}
		for _, want := range tc.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: Provision: %q does not say %q", name, err, want)
			}
		}
	}
	if got := os.Getenv("TOKENS"); got != "" {
		t.Fatalf("TOKENS is set to %q", got)
	}
}

// TestValidateBeside: another process has the file open, as a running edge has
// while its config is checked. The check passes, requests fail, and nothing is
// left behind where nothing was.
func TestValidateBeside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "tokens.db")
	if err := ledger.Make(path, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	edge, err := ledger.Open(path, ledger.Options{}, nil) // a lock of its own, like another process
	if err != nil {
		t.Fatal(err)
	}
	s := &Store{Path: path}
	cleanup, err := provision(t, s)
	if err != nil {
		t.Fatalf("Provision beside a running edge: %v", err)
	}
	if _, err := s.Check(t.Context(), &store.Check{Token: store.Token{JTI: "a"}}); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Check: %v, want ErrUnavailable", err)
	}
	cleanup()
	if err := edge.Close(); err != nil {
		t.Error(err)
	}
	cleanup, err = provision(t, &Store{Path: filepath.Join(dir, "other", "tokens.db")})
	if err != nil {
		t.Fatal(err)
	}
	cleanup()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("after a check of a config there are %v, %v; want the edge's file alone", entries, err)
	}
}
