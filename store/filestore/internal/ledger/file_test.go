// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// newFile opens a file for a test, which must be possible.
func newFile(t *testing.T, path string, o Options) *File {
	t.Helper()
	f, err := NewFile(path, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func spending(jti string, grace time.Duration) *store.Spend {
	now := time.Now().Unix()
	return &store.Spend{
		Token:     store.Token{JTI: jti, IssuedAt: now, ExpiresAt: now + 3600},
		Successor: store.Issued{JTI: store.Successor(jti), IssuedAt: now, ExpiresAt: now + 7200},
		Grace:     grace,
	}
}

func want(t *testing.T, f *File, jti string, want store.Verdict) {
	t.Helper()
	a, err := f.Spend(t.Context(), spending(jti, 0))
	if err != nil || a.Verdict != want {
		t.Errorf("Spend(%q) = %v, %v; want %v", jti, a.Verdict, err, want)
	}
}

// TestReopen: what was answered is there again, whatever its kind.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	user := store.User{ID: "7", Kind: store.IntegerUser}
	want(t, f, "spent", store.Rotated)
	if _, err := f.Revoke(t.Context(), &store.Revocation{Token: store.Token{JTI: "revoked"}, Reason: store.Admin}); err != nil {
		t.Fatal(err)
	}
	if _, err := f.CutOff(t.Context(), &store.CutOff{User: user, Second: time.Now().Unix()}); err != nil {
		t.Fatal(err)
	}
	before := f.Status(t.Context()).Entries
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Spend(t.Context(), spending("late", 0)); !errors.Is(err, ErrClosed) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Spend after Close: %v, want ErrClosed", err)
	}
	f = newFile(t, path, Options{})
	want(t, f, "spent", store.Reused)
	want(t, f, "revoked", store.Refused)
	old := store.Token{JTI: "old", User: user}
	if a, err := f.Check(t.Context(), &store.Check{Token: old}); err != nil || a.Verdict != store.Refused {
		t.Errorf("Check of a token before the cut-off = %v, %v; want refused", a.Verdict, err)
	}
	if after := f.Status(t.Context()).Entries; before != 3 || after != before {
		t.Errorf("%d entries after reopening, %d before, want 3", after, before)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Status(t.Context()).Bytes; got != info.Size() {
		t.Errorf("Status.Bytes = %d, and the file has %d", got, info.Size())
	}
	want(t, f, "fresh", store.Rotated) // appended behind the old ones
	want(t, f, "spent", store.Reused)
}

// TestNoTrace: a file that is only looked at is not made, and neither is its
// directory; the first request makes both, for nobody else to read, and says so.
func TestNoTrace(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "tokens.db")
	made := make(chan struct{})
	f, err := NewFile(path, Options{}, func(message string, err error) {
		if message != NewFileMade || err != nil {
			t.Errorf("told: %q, %v", message, err)
		}
		close(made)
	})
	if err != nil {
		t.Fatal(err)
	}
	if s := f.Status(t.Context()); !s.Up || s.Entries != 0 || s.LastError != "" {
		t.Errorf("Status before the first request = %+v", s)
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) != 0 {
		t.Errorf("NewFile left %v, %v", entries, err)
	}
	want(t, f, "a", store.Rotated)
	select {
	case <-made:
	case <-time.After(hang):
		t.Error("nobody was told of the new file")
	}
	for name, mode := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != mode {
			t.Errorf("%s has mode %v, %v; want %v", name, info.Mode(), err, mode)
		}
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// TestLocked: another process has the file. That is no reason to refuse the
// config, but nothing is answered until the file is free, and then at once.
func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{})
	want(t, f, "a", store.Rotated)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	cmd, in, out := another(t, envHold, path)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "open <nil>\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	start := time.Now()
	f = newFile(t, path, Options{})
	a, err := f.Spend(t.Context(), spending("a", 0))
	if !errors.Is(err, ErrLocked) || !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
		t.Errorf("Spend = %v, %v; want ErrLocked", a.Verdict, err)
	}
	if s := f.Status(t.Context()); s.Up || !strings.Contains(s.LastError, "locked") {
		t.Errorf("Status = %+v, want down", s)
	}
	if d := time.Since(start); d > hang {
		t.Errorf("a locked file took %v", d)
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(hang); ; time.Sleep(10 * time.Millisecond) {
		a, err := f.Spend(t.Context(), spending("a", 0))
		if err == nil && a.Verdict == store.Reused {
			break
		}
		if !errors.Is(err, ErrLocked) || time.Now().After(deadline) {
			t.Fatalf("Spend = %v, %v once the file is free; want reused", a.Verdict, err)
		}
	}
	if s := f.Status(t.Context()); !s.Up {
		t.Errorf("Status = %+v, want up", s)
	}
}
