// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestSync guards what no kill of a process can show: that a commit is on the
// disk, and not only with the kernel, before it is answered.
func TestSync(t *testing.T) {
	var bad badDisk
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap})
	want(t, f, "a", store.Rotated)
	before := bad.syncs.Load()
	bad.set(func(path, what string) error {
		if what == "write" && strings.HasSuffix(path, "tokens.db") && bad.syncs.Load() == before {
			return errors.New("the mark is written before the commit is durable")
		}
		return nil
	})
	want(t, f, "b", store.Rotated)
	if bad.syncs.Load() == before {
		t.Error("a spending was answered without a sync")
	}
}

// TestFull guards a disk that is full: nothing is accepted, what needs no room is
// answered, Status says so, the file is not read again and again, and all is well
// by itself once there is room.
func TestFull(t *testing.T) {
	var bad badDisk
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap})
	accepted := fillWith(t, f, 3_000)
	bad.set(func(path, what string) error {
		if what == "write" && strings.HasSuffix(path, walSuffix) {
			return syscall.ENOSPC
		}
		return nil
	})
	want503(t, f, "fresh")
	if s := f.Status(t.Context()); s.Up || !strings.Contains(s.LastError, "no space left") {
		t.Errorf("Status on a full disk = %+v, want down, with the reason", s)
	}
	before := bad.reads.Load()
	for start := time.Now(); time.Since(start) < time.Second; {
		want503(t, f, "fresh")
		want(t, f, accepted[0], store.Reused) // needs no room
	}
	// A file of 3 000 records has some 70 pages. Reading it anew for each of
	// thousands of requests would be another thing.
	if n := bad.reads.Load() - before; n > 1_000 {
		t.Errorf("%d reads within a second of a full disk", n)
	}
	if n := f.Status(t.Context()).Entries; n != int64(len(accepted)) {
		t.Errorf("%d entries, want %d", n, len(accepted))
	}
	bad.set(nil) // room was made
	wantUp(t, f)
	want(t, f, "fresh", store.Rotated)
	want(t, f, "fresh", store.Reused)
	want(t, f, accepted[1], store.Reused)
}

// fillWith spends tokens, many at once.
func fillWith(t *testing.T, f *File, n int) (accepted []string) {
	t.Helper()
	accepted = make([]string, n)
	var wg sync.WaitGroup
	for part := range 64 {
		wg.Go(func() {
			for i := part; i < n; i += 64 {
				accepted[i] = fmt.Sprintf("%032x", i)
				want(t, f, accepted[i], store.Rotated)
			}
		})
	}
	wg.Wait()
	return accepted
}

func want503(t *testing.T, f *File, jti string) {
	t.Helper()
	if a, err := f.Spend(t.Context(), spending(jti, time.Hour)); !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
		t.Errorf("Spend = %v, %v; want ErrUnavailable", a.Verdict, err)
	}
}

func wantUp(t *testing.T, f *File) {
	t.Helper()
	for deadline := time.Now().Add(hang); ; time.Sleep(10 * time.Millisecond) {
		s := f.Status(t.Context())
		if s.Up {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Status = %+v, want up", s)
		}
	}
}

// TestUnknownOutcome guards a commit whose sync fails although it is in the file:
// it is not answered, it counts once the disk is well, and it is durable before
// anything that comes after it.
func TestUnknownOutcome(t *testing.T) {
	var bad badDisk
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{Disk: bad.wrap})
	want(t, f, "a", store.Rotated)
	var failed atomic.Bool
	bad.set(func(_, what string) error {
		if what == "sync" && failed.CompareAndSwap(false, true) {
			return syscall.EIO
		}
		return nil
	})
	want503(t, f, "b")
	want(t, f, "a", store.Reused)
	wantUp(t, f)
	if log := size(path + walSuffix); log > 3*4096 {
		t.Errorf("%d bytes are left in the log, which a failed sync may have lost", log)
	}
	if a, err := f.Spend(t.Context(), spending("b", time.Hour)); err != nil || a.Verdict != store.Replayed {
		t.Errorf("the retry = %v, %v; want replayed", a.Verdict, err)
	}
	for _, jti := range []string{"c", "d", "e"} {
		want(t, f, jti, store.Rotated)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !opens(t, path, []string{"a", "b", "c", "d", "e"}) {
		t.Error("the file is refused")
	}
}

// TestHangingDisk guards that a sync that does not come back holds nobody beyond
// the deadline, is not taken for a yes, and holds no reload either.
func TestHangingDisk(t *testing.T) {
	var bad badDisk
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), Options{Disk: bad.wrap, Patience: 50 * time.Millisecond})
	want(t, f, "a", store.Rotated)
	release := make(chan struct{})
	bad.set(func(_, what string) error {
		if what == "sync" {
			<-release
		}
		return nil
	})
	for _, jti := range []string{"b", "a"} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		start := time.Now()
		a, err := f.Spend(ctx, spending(jti, time.Hour))
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, store.ErrUnavailable) || a.Verdict != store.Undecided {
			t.Errorf("Spend(%s) = %v, %v; want the deadline", jti, a.Verdict, err)
		}
		if d := time.Since(start); d > hang {
			t.Errorf("Spend took %v, 100 ms were allowed", d)
		}
	}
	if a, err := f.Check(t.Context(), &store.Check{Token: store.Token{JTI: "unheard of"}}); err != nil || a.Verdict != store.Live {
		t.Errorf("Check of what nothing is known of = %v, %v; want live", a.Verdict, err)
	}
	l := f.ledger
	closed := make(chan error)
	go func() { closed <- f.Close() }()
	select {
	case err := <-closed:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Close: %v, want the deadline", err)
		}
	case <-time.After(hang):
		t.Error("Close waits for a disk that hangs")
	}
	bad.set(nil)
	close(release)
	<-l.done
	f = newFile(t, f.path, Options{})
	if a, err := f.Spend(t.Context(), spending("b", time.Hour)); err != nil || !a.Verdict.Passes() {
		t.Errorf("the retry = %v, %v; want it to pass", a.Verdict, err)
	}
	want(t, f, "a", store.Reused)
}

// TestFailingDisk lets a disk fail in every way, under load, and recover. No
// spent token is accepted, every answer comes once its time is over, and what
// was answered is known afterwards. FAILING sets how often: FAILING=200 takes
// minutes.
func TestFailingDisk(t *testing.T) {
	for round := range rounds(t, 6, "FAILING") {
		t.Run(fmt.Sprint(round), func(t *testing.T) { failingRound(t, rand.New(rand.NewPCG(uint64(round), 7))) })
		if t.Failed() {
			return
		}
	}
}

func failingRound(t *testing.T, rnd *rand.Rand) {
	var bad badDisk
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{Disk: bad.wrap, Cache: []int{64, 0}[rnd.IntN(2)], Watch: 20 * time.Millisecond})
	load := startLoad(t, f)
	time.Sleep(time.Duration(rnd.IntN(50)) * time.Millisecond)
	faults := []error{syscall.EIO, syscall.ENOSPC, errShort, syscall.EDQUOT}
	fault, part := faults[rnd.IntN(len(faults))], 1+rnd.IntN(20)
	whats := [][]string{{"write"}, {"sync"}, {"read"}, {"write", "sync"}, {"read", "write", "sync", "truncate"}}
	what := whats[rnd.IntN(len(whats))]
	var count atomic.Int64
	bad.set(func(_, is string) error {
		for _, w := range what {
			if w == is && count.Add(1)%int64(part) == 0 {
				return fault
			}
		}
		return nil
	})
	time.Sleep(time.Duration(50+rnd.IntN(200)) * time.Millisecond)
	bad.set(nil)
	wantUp(t, f)
	answered := load.answered.Load()
	for deadline := time.Now().Add(hang); load.answered.Load() < answered+20; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("nothing is answered after every %d. %v failed with %v: %+v", part, what, fault, f.Status(t.Context()))
		}
	}
	load.stop()
	if rnd.IntN(2) == 0 {
		load.wantSpent(f, true)
	}
	if err := f.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	f = newFile(t, path, Options{})
	load.wantSpent(f, true)
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
