// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

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
	if _, err := f.CutOff(t.Context(), &store.CutOff{User: user}); err != nil {
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
	want(t, f, "fresh", store.Rotated) // appended behind the old ones
	want(t, f, "spent", store.Reused)
}

// TestFsync guards what no kill of a process can show: that a commit is on the
// disk, and not only with the kernel, before it is answered.
func TestFsync(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{})
	want(t, f, "a", store.Rotated)
	if f.ledger.db.NoSync || f.ledger.db.NoGrowSync {
		t.Error("the file is written without fsync")
	}
}

// TestNoTrace: a file that is only looked at is not made, and neither is its
// directory; the first request makes both, for nobody else to read, and says so.
func TestNoTrace(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a", "b", "tokens.db")
	made := make(chan struct{})
	f, err := NewFile(path, Options{}, func() { close(made) })
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
	case <-time.After(10 * time.Second):
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

// TestRefusesAtLoad: what cannot ever work fails when the config is loaded, and
// leaves the file as it was.
func TestRefusesAtLoad(t *testing.T) {
	dir := t.TempDir()
	healthy := filepath.Join(dir, "healthy.db")
	f := newFile(t, healthy, Options{})
	for i := range 200 {
		want(t, f, strings.Repeat("x", 100)+string(rune('a'+i)), store.Rotated)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(healthy)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	garbled := func(from, to int) []byte {
		b := append([]byte(nil), whole...)
		for i := from; i < to; i++ {
			b[i] = 0xa5
		}
		return b
	}
	foreign := filepath.Join(dir, "foreign.db")
	db, err := bolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("acme")); return err }); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		path string
		want error
		text string
	}{
		"text":                {file("text", []byte(strings.Repeat("not a database\n", 1000))), ErrDamaged, ""},
		"one byte":            {file("byte", []byte("x")), ErrDamaged, ""},
		"cut to two pages":    {file("two", whole[:2*page]), ErrDamaged, ""},
		"cut in the middle":   {file("cut", whole[:6*page]), ErrDamaged, ""},
		"both heads garbled":  {file("heads", garbled(0, 2*page)), ErrDamaged, ""},
		"pages garbled":       {file("pages", garbled(2*page, len(whole))), ErrDamaged, ""},
		"contents garbled":    {file("contents", garbled(2*page+200, len(whole))), ErrDamaged, ""},
		"another database":    {foreign, ErrForeign, ""},
		"directory":           {dir, nil, "not a regular file"},
		"below a file":        {filepath.Join(healthy, "tokens.db"), nil, "not a directory"},
		"far below a file":    {filepath.Join(healthy, "a", "b", "tokens.db"), nil, "not a directory"},
		"no place for a file": {"/proc/token_refresh/tokens.db", nil, "/proc"},
	} {
		f, err := NewFile(tc.path, Options{}, nil)
		if err == nil {
			t.Errorf("%s: NewFile reports no error", name)
			_ = f.Close()
			continue
		}
		if tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: NewFile: %v, want %v", name, err, tc.want)
		}
		if !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%s: NewFile: %q does not say %q", name, err, tc.text)
		}
	}
	// The lock on a damaged file is free again: it can be mended.
	if err := os.WriteFile(filepath.Join(dir, "pages"), whole, 0o600); err != nil {
		t.Fatal(err)
	}
	f = newFile(t, filepath.Join(dir, "pages"), Options{})
	want(t, f, strings.Repeat("x", 100)+"a", store.Reused)
}

// TestOneHeadGarbled: a power cut in the middle of writing one of the two heads
// is what bbolt has the other one for.
func TestOneHeadGarbled(t *testing.T) {
	for head := range 2 {
		path := filepath.Join(t.TempDir(), "tokens.db")
		f := newFile(t, path, Options{})
		want(t, f, "a", store.Rotated)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(make([]byte, 200), int64(head*os.Getpagesize())); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		f = newFile(t, path, Options{})
		want(t, f, "b", store.Rotated)
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
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("a locked file took %v", d)
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
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

// TestFull: where the file cannot grow, requests fail and nothing is accepted;
// where it can again, all is well without a restart.
func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{MaxSize: 256 << 10})
	accepted := []string{}
	jti := "00000000000000000000000000000000"
	var full error
	for range 10_000 {
		a, err := f.Spend(t.Context(), spending(jti, 0))
		if err != nil {
			full = err
			break
		}
		if a.Verdict != store.Rotated {
			t.Fatalf("Spend = %v, want rotated", a.Verdict)
		}
		accepted = append(accepted, jti)
		jti = store.Successor(jti)
	}
	if !errors.Is(full, store.ErrUnavailable) {
		t.Fatalf("a full disk: %v after %d rotations, want ErrUnavailable", full, len(accepted))
	}
	for range 3 {
		if a, err := f.Spend(t.Context(), spending(jti, time.Hour)); err == nil || a.Verdict != store.Undecided {
			t.Errorf("Spend on a full disk = %v, %v; want an error", a.Verdict, err)
		}
	}
	want(t, f, accepted[0], store.Reused) // needs no room
	entries := f.Status(t.Context()).Entries
	if entries != int64(len(accepted)) {
		t.Errorf("%d entries, want %d", entries, len(accepted))
	}
	if s := f.Status(t.Context()); s.LastError == "" {
		t.Error("Status knows of no error")
	}
	if got := f.ledger.index.find(hashOf(f.ledger, jti), nil); len(got) != 0 {
		t.Errorf("the index keeps %v of what was not written", got)
	}
	f.ledger.db.MaxSize = 0 // room was made
	want(t, f, jti, store.Rotated)
	want(t, f, jti, store.Reused)
}

func hashOf(l *Ledger, jti string) uint64 {
	var n named
	n.set(l, "", jti)
	return n.hash
}

// TestHangingDisk: a commit that does not come back holds nobody beyond the
// deadline, and is not taken for a yes.
func TestHangingDisk(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{})
	want(t, f, "a", store.Rotated)
	hang := make(chan struct{})
	stuck, err := f.ledger.db.Begin(true) // all writers wait for this one
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(300*time.Millisecond, func() { _ = stuck.Rollback(); close(hang) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	a, err := f.Spend(ctx, spending("b", time.Hour))
	if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
		t.Errorf("Spend = %v, %v; want the deadline", a.Verdict, err)
	}
	if d := time.Since(start); d > 200*time.Millisecond {
		t.Errorf("Spend took %v, 50 ms were allowed", d)
	}
	if a, err := f.Check(t.Context(), &store.Check{Token: store.Token{JTI: "a"}}); err != nil || a.Verdict != store.Spent {
		t.Errorf("Check meanwhile = %v, %v; want spent", a.Verdict, err)
	}
	<-hang
	if a, err := f.Spend(t.Context(), spending("b", time.Hour)); err != nil || !a.Verdict.Passes() {
		t.Errorf("the retry = %v, %v; want it to pass", a.Verdict, err)
	}
}

// TestSweep: the dead go away by themselves, among them those that were spent
// again after their first record had died; the living stay.
func TestSweep(t *testing.T) {
	c := newClock()
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Now: c.Now, Company: time.Microsecond, Sweep: time.Millisecond})
	spend := func(jti string, life time.Duration) store.Verdict {
		now := c.Now()
		a, err := f.Spend(t.Context(), &store.Spend{
			Token:     store.Token{JTI: jti, ExpiresAt: now.Add(life).Unix()},
			Successor: store.Issued{JTI: store.Successor(jti), ExpiresAt: now.Add(life).Unix()},
		})
		if err != nil {
			t.Fatal(err)
		}
		return a.Verdict
	}
	long := "ffffffffffffffffffffffffffffffff"
	for i := range 2_500 {
		if i == 1_200 {
			spend(long, 48*time.Hour)
		}
		spend(string(rune('a'+i%26))+strings.Repeat("j", i/26+1), time.Hour)
	}
	if _, err := f.CutOff(t.Context(), &store.CutOff{User: store.User{ID: "7", Kind: store.IntegerUser}}); err != nil {
		t.Fatal(err)
	}
	if n := f.Status(t.Context()).Entries; n != 2_502 {
		t.Fatalf("%d entries, want 2502", n)
	}
	wait := func(entries, purged int64) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
			s := f.Status(t.Context())
			if s.Entries == entries && s.Purged == purged {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("Status = %+v, want %d entries, %d purged", s, entries, purged)
			}
		}
	}
	c.Advance(2*time.Hour + time.Second)
	if v := spend("aj", time.Hour); v != store.Rotated {
		t.Errorf("Spend of a token whose record is dead = %v", v)
	}
	wait(3, 2_500)
	if v := spend(long, time.Hour); v != store.Reused {
		t.Errorf("Spend of a token whose record lives = %v, want reused", v)
	}
	if v := spend("aj", time.Hour); v != store.Reused {
		t.Errorf("Spend of the token spent again = %v, want reused", v)
	}
	c.Advance(366 * 24 * time.Hour)
	wait(0, 2_503)
	used := 0
	for i := range f.ledger.index.shards {
		used += f.ledger.index.shards[i].used
	}
	if used != 0 || f.ledger.users.Load() != 0 {
		t.Errorf("%d entries are left in the index, %d users", used, f.ledger.users.Load())
	}
}
