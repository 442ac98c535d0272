// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	crand "crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// damage is something that happens to a live file. An old copy that is in its
// place cannot be told from the file itself once the process has ended.
type damage struct {
	name string
	do   func(t *testing.T, path, old string, rnd *rand.Rand)
	// ages says that a restart finds an older state, which it takes for the
	// truth.
	ages bool
}

var damages = []damage{
	{"bits", flipBits, false},
	{"pages", garblePages, false},
	{"quarter", garbleQuarter, false},
	{"cut", cutOffSomewhere, false},
	{"cut to two pages", func(t *testing.T, path, _ string, _ *rand.Rand) { truncate(t, path, 8192) }, false},
	{"emptied", func(t *testing.T, path, _ string, _ *rand.Rand) { truncate(t, path, 0) }, false},
	{"log cut", func(t *testing.T, path, _ string, rnd *rand.Rand) { cutOffSomewhere(t, path+walSuffix, "", rnd) }, false},
	{"log bits", func(t *testing.T, path, _ string, rnd *rand.Rand) { flipBits(t, path+walSuffix, "", rnd) }, false},
	{"log pages", func(t *testing.T, path, _ string, rnd *rand.Rand) { garblePages(t, path+walSuffix, "", rnd) }, false},
	{"log emptied", func(t *testing.T, path, _ string, _ *rand.Rand) { truncate(t, path+walSuffix, 0) }, false},
	{"log deleted", func(t *testing.T, path, _ string, _ *rand.Rand) { remove(t, path+walSuffix) }, false},
	{"deleted", func(t *testing.T, path, _ string, _ *rand.Rand) { remove(t, path) }, true},
	{"old copy written over it", func(t *testing.T, path, old string, _ *rand.Rand) { write(t, path, read(t, old)) }, true},
	{"old copy in its place", func(t *testing.T, path, old string, _ *rand.Rand) {
		write(t, path+".copy", read(t, old))
		if err := os.Rename(path+".copy", path); err != nil {
			t.Fatal(err)
		}
	}, true},
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	if err := os.Truncate(path, size); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
}

// poke writes into a live file without making it longer.
func poke(t *testing.T, path string, b []byte, at int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return // the log, just now
	}
	if err == nil {
		_, err = file.WriteAt(b, at)
	}
	if err := errors.Join(err, file.Close()); err != nil {
		t.Fatal(err)
	}
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func flipBits(t *testing.T, path, _ string, rnd *rand.Rand) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for range 1 + rnd.IntN(64) {
		var b [1]byte
		at := rnd.Int64N(max(size(path), 1))
		if _, err := file.ReadAt(b[:], at); err != nil {
			continue
		}
		b[0] ^= 1 << rnd.IntN(8)
		if _, err := file.WriteAt(b[:], at); err != nil {
			t.Fatal(err)
		}
	}
}

func garbage(n int) []byte {
	b := make([]byte, n)
	_, _ = crand.Read(b)
	return b
}

func garblePages(t *testing.T, path, _ string, rnd *rand.Rand) {
	pages := size(path) / 4096
	for range 1 + rnd.IntN(4) {
		if pages > 0 {
			poke(t, path, garbage(4096), 4096*rnd.Int64N(pages))
		}
	}
}

func garbleQuarter(t *testing.T, path, _ string, rnd *rand.Rand) {
	for page := int64(1); page < size(path)/4096; page++ {
		if rnd.IntN(4) == 0 {
			poke(t, path, garbage(4096), 4096*page)
		}
	}
}

func cutOffSomewhere(t *testing.T, path, _ string, rnd *rand.Rand) {
	truncate(t, path, rnd.Int64N(max(size(path), 1)))
}

// TestDamage guards that a live file may be damaged in any way, under load: the
// process lives, no spent token is accepted, no answer is late, a reload and a
// stop work, and what a restart finds is either whole or refused. DAMAGE sets how
// often: 500 rounds take some minutes. (The store on bbolt ended the process in
// most of them: its freelist is read in a goroutine of its own, and what is cut
// off is a fault of the memory map.)
func TestDamage(t *testing.T) {
	old, spent := damageTemplate(t)
	for round := range rounds(t, 2*len(damages), "DAMAGE") {
		d := damages[round%len(damages)]
		t.Run(fmt.Sprint(round, " ", d.name), func(t *testing.T) {
			damageRound(t, d, old, spent, rand.New(rand.NewPCG(uint64(round), 3)))
		})
		if t.Failed() {
			return
		}
	}
}

// damageTemplate is a file with sessions of three steps, and what was spent in it.
func damageTemplate(t *testing.T) (path string, spent []string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "template.db")
	f := newFile(t, path, Options{})
	spent = fillWith(t, f, 2_000)
	for _, jti := range spent[:500] {
		next := store.Successor(jti)
		want(t, f, next, store.Rotated)
		spent = append(spent, next)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path, spent
}

func damageRound(t *testing.T, d damage, old string, spent []string, rnd *rand.Rand) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	write(t, path, read(t, old))
	f := newFile(t, path, Options{Cache: []int{64, 0}[rnd.IntN(2)], Watch: 50 * time.Millisecond})
	want(t, f, "known", store.Rotated)
	load := startLoad(t, f, spent...)
	time.Sleep(time.Duration(rnd.IntN(80)) * time.Millisecond)
	d.do(t, path, old, rnd)
	time.Sleep(time.Duration(60+rnd.IntN(200)) * time.Millisecond)
	if s := f.Status(t.Context()); !s.Up && s.LastError == "" {
		t.Error("Status is down without a reason")
	}
	within(t, "a reload", f.Renew)
	time.Sleep(30 * time.Millisecond)
	load.stop()
	load.wantSpent(f, false)
	within(t, "a stop", func() { _ = f.Close() })
	again, err := NewFile(path, Options{}, nil)
	if err != nil {
		return // refused at once
	}
	if !d.ages {
		load.wantSpent(again, false)
	}
	within(t, "a stop", func() { _ = again.Close() })
}

// within fails the test where something hangs.
func within(t *testing.T, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(hang):
		t.Fatalf("%s hangs", what)
	}
}
