// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"hash/maphash"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestCollision guards that sessions whose hashes are alike are told apart by the
// identity in the row, and that the newest row of a session counts.
func TestCollision(t *testing.T) {
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{})
	second := store.Successor("a")
	want(t, f, "a", store.Rotated)    // row 1
	want(t, f, second, store.Rotated) // row 2
	hashOf := func(jti string) uint64 {
		n := named{identity: appendSession(nil, "", store.Locate(jti).Session)}
		n.rehash(f.ledger)
		return n.hash
	}
	// The older row is found before the newer one in the one session, and after it
	// in the other.
	third := store.Successor("c")
	want(t, f, "c", store.Rotated)   // row 3
	want(t, f, third, store.Rotated) // row 4
	x := &f.ledger.index
	x.remove(hashOf("a"), 2)
	for _, sequence := range []uint64{1, 2, 3, 4} {
		x.add(hashOf("a"), sequence)
		x.add(hashOf("b"), sequence)
	}
	x.add(hashOf("c"), 3)
	want(t, f, second, store.Reused)
	want(t, f, third, store.Reused)
	want(t, f, "b", store.Rotated)
	want(t, f, "b", store.Reused)
}

// TestGivenUp guards that what nobody waits for any more is not carried out when
// the disk answers again: its client was told 503, and its token stays fresh.
func TestGivenUp(t *testing.T) {
	var bad badDisk
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap})
	want(t, f, "a", store.Rotated)
	hanging, release := bad.hangOnce()
	slow := make(chan error)
	go func() {
		_, err := f.Spend(context.Background(), spending("slow", 0))
		slow <- err
	}()
	<-hanging
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if a, err := f.Spend(ctx, spending("b", 0)); !errors.Is(err, context.DeadlineExceeded) || a.Verdict != store.Undecided {
		t.Errorf("Spend while the disk hangs = %v, %v; want the deadline", a.Verdict, err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Errorf("the spending that was under way: %v", err)
	}
	want(t, f, "b", store.Rotated)
}

// TestSweptTwice guards that a commit which failed, and was durable all the same,
// does not have its rows removed again: rows that are missing are damage.
func TestSweptTwice(t *testing.T) {
	var bad badDisk
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap, Sweep: time.Millisecond})
	want(t, f, "a", store.Rotated)
	l := f.ledger
	failed := make(chan struct{})
	var once atomic.Bool
	bad.set(func(_, what string) error {
		// The goroutine that syncs is the one that sweeps.
		if what == "sync" && l.sweep.found() && once.CompareAndSwap(false, true) {
			close(failed)
			return syscall.EIO
		}
		return nil
	})
	want(t, f, store.Successor("a"), store.Rotated) // its first row is to be swept
	select {
	case <-failed:
	case <-time.After(hang):
		t.Fatal("nothing was swept")
	}
	answered(t, f, "b")
	want(t, f, "a", store.Reused)
	want(t, f, store.Successor("b"), store.Rotated)
	wantEntries(t, f, 2, 0)
}

// TestBusy guards that a disk which hangs does not pile up requests without end.
func TestBusy(t *testing.T) {
	var bad badDisk
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap})
	want(t, f, "a", store.Rotated)
	hanging, release := bad.hangOnce()
	slow := make(chan error)
	go func() {
		_, err := f.Spend(context.Background(), spending("slow", 0))
		slow <- err
	}()
	<-hanging
	l := f.ledger
	l.mu.Lock()
	for len(l.queue) < maxQueued {
		op := &operation{done: make(chan error, 1)}
		op.givenUp.Store(true)
		l.queue = append(l.queue, op)
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	if a, err := f.Spend(t.Context(), spending("b", 0)); !errors.Is(err, errBusy) || !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("Spend behind %d others = %v, %v; want errBusy", maxQueued, a.Verdict, err)
	}
	close(release)
	if err := <-slow; err != nil {
		t.Errorf("the spending that was under way: %v", err)
	}
	answered(t, f, "b")
}

// answered spends a token until there is an answer.
func answered(t *testing.T, f *File, jti string) {
	t.Helper()
	for deadline := time.Now().Add(hang); ; time.Sleep(time.Millisecond) {
		a, err := f.Spend(t.Context(), spending(jti, 0))
		if err == nil {
			if a.Verdict != store.Rotated {
				t.Errorf("Spend(%q) = %v, want rotated", jti, a.Verdict)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Spend(%q): %v", jti, err)
		}
	}
}

// TestCatchUp guards that what is found after a commit failed is taken over only
// where it fits what was known before: a file that has gone back, or that holds
// rows which its state does not know of, is damaged.
func TestCatchUp(t *testing.T) {
	row := sealed(9, 0, appendSession(nil, "", store.Locate("b").Session), appendRecord(nil, fullRecord()))
	for name, tc := range map[string]struct {
		change func(l *Ledger) error
		want   error
	}{
		"as it was":     {func(*Ledger) error { return nil }, nil},
		"commits fewer": {func(l *Ledger) error { l.state.commits++; return nil }, ErrDamaged},
		"a row more": {func(l *Ledger) error {
			return errors.Join(l.engine.hold(), l.engine.insert(9, row), l.engine.release())
		}, ErrDamaged},
		"a commit more": {func(l *Ledger) error {
			next := l.state
			next.commits, next.rows, next.last, next.sum = next.commits+1, next.rows+1, 9, next.sum+share(9, row)
			return l.engine.transact(func() error { return l.engine.insert(9, row) }, func() state { return next })
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tokens.db")
			f := newFile(t, path, Options{})
			want(t, f, "a", store.Rotated)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			l := &Ledger{seed: maphash.MakeSeed(), volume: newVolume(path, nil)} // one that nobody else uses
			if err := l.load(Standing{}, nil); err != nil {
				t.Fatal(err)
			}
			if err := tc.change(l); err != nil {
				t.Fatal(err)
			}
			if err := l.catchUp(); !errors.Is(err, tc.want) {
				t.Errorf("catchUp: %v, want %v", err, tc.want)
			}
			if err := errors.Join(l.engine.abandon(), l.volume.close()); err != nil {
				t.Error(err)
			}
		})
	}
}
