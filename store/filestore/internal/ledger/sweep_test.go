// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func swept(c *clock) Options {
	return Options{Now: c.Now, Uptime: c.Uptime, Gather: time.Microsecond, Sweep: time.Millisecond}
}

// spendFor spends a token that lives so long, as does its successor.
func spendFor(t *testing.T, f *File, now time.Time, jti string, life time.Duration) store.Verdict {
	t.Helper()
	a, err := f.Spend(t.Context(), &store.Spend{
		Token:     store.Token{JTI: jti, ExpiresAt: now.Add(life).Unix()},
		Successor: store.Issued{JTI: store.Successor(jti), ExpiresAt: now.Add(life).Unix()},
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.Verdict
}

// wantEntries waits until there are so many records, and so many were purged or
// more.
func wantEntries(t *testing.T, f *File, entries, purged int64) {
	t.Helper()
	for deadline := time.Now().Add(2 * hang); ; time.Sleep(time.Millisecond) {
		s := f.Status(t.Context())
		if s.Entries == entries && s.Purged >= purged {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("Status = %+v, want %d entries, %d purged", s, entries, purged)
		}
	}
}

// pass lets time pass as it does: little by little, and the sweep at work.
func pass(c *clock, d, step time.Duration) {
	for ; d > 0; d -= step {
		c.Advance(step)
		time.Sleep(2 * time.Millisecond)
	}
}

// TestSweep: the dead go away by themselves, among them those that were spent
// again after their first record had died; the living stay.
func TestSweep(t *testing.T) {
	c := newClock()
	f := newFile(t, filepath.Join(t.TempDir(), "tokens.db"), swept(c))
	long := "ffffffffffffffffffffffffffffffff"
	var wg sync.WaitGroup
	for part := range 50 {
		wg.Go(func() {
			for i := part; i < 2_500; i += 50 {
				spendFor(t, f, c.Now(), string(rune('a'+i%26))+strings.Repeat("j", i/26+1), time.Hour)
			}
		})
	}
	wg.Wait()
	spendFor(t, f, c.Now(), long, 48*time.Hour)
	user := store.User{ID: "7", Kind: store.IntegerUser}
	if _, err := f.CutOff(t.Context(), &store.CutOff{User: user, Second: c.Now().Unix()}); err != nil {
		t.Fatal(err)
	}
	wantEntries(t, f, 2_502, 0)
	pass(c, 2*time.Hour+time.Second, time.Minute)
	c.Advance(time.Minute)
	if v := spendFor(t, f, c.Now(), "aj", time.Hour); v != store.Rotated {
		t.Errorf("Spend of a token whose record is dead = %v", v)
	}
	wantEntries(t, f, 3, 2_499) // or one more, if the sweep was faster
	if v := spendFor(t, f, c.Now(), long, time.Hour); v != store.Reused {
		t.Errorf("Spend of a token whose record lives = %v, want reused", v)
	}
	if v := spendFor(t, f, c.Now(), "aj", time.Hour); v != store.Reused {
		t.Errorf("Spend of the token spent again = %v, want reused", v)
	}
	pass(c, 366*24*time.Hour, 12*time.Hour)
	wantEntries(t, f, 0, 2_502)
}

// TestSweepClock guards that a clock which runs a day ahead and is corrected does
// not make the sweep forget what lives, whether it ran ahead while the edge ran or
// when it was started. The sweep follows it by an hour an hour, which Margin
// covers; where it was right after all, the sweep has caught up in a day.
func TestSweepClock(t *testing.T) {
	c := newClock()
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, swept(c))
	jti := "00000000000000000000000000000001"
	if v := spendFor(t, f, c.Now(), jti, 2*time.Hour); v != store.Rotated {
		t.Fatal(v)
	}
	alive := func(when string) {
		t.Helper()
		if v := spendFor(t, f, c.Now(), jti, 2*time.Hour); v != store.Reused {
			t.Errorf("%s: Spend of a spent token = %v, want reused", when, v)
		}
	}
	c.Set(25 * time.Hour)
	pass(c, 50*time.Minute, time.Minute)
	c.Set(-25 * time.Hour)
	alive("after a clock that ran ahead")
	c.Set(25 * time.Hour)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = newFile(t, path, swept(c))
	pass(c, time.Minute, time.Second)
	c.Set(-25 * time.Hour)
	alive("after a start with a clock that ran ahead")
	c.Set(-25 * time.Hour)
	pass(c, time.Minute, time.Second)
	c.Set(25 * time.Hour)
	alive("after a clock that ran late")
	c.Set(48 * time.Hour)
	pass(c, 72*time.Hour, 10*time.Minute)
	wantEntries(t, f, 0, 1)
}

// TestLeftover guards that a session is found once when its file is opened, though
// the row that an older one leads to was swept before that.
func TestLeftover(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tokens.db")
	if err := Make(path, time.Now(), nil); err != nil {
		t.Fatal(err)
	}
	v := newVolume(path, nil)
	e, err := connect(v)
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.state()
	if err := errors.Join(err, e.prepare()); err != nil {
		t.Fatal(err)
	}
	identity := appendSession(nil, "", store.Locate("a").Session)
	if err := e.transact(func() error {
		for sequence := uint64(1); sequence <= 3; sequence++ {
			record := fullRecord()
			record.Last = uint32(sequence)
			value := sealed(sequence, sequence-1, identity, appendRecord(nil, record))
			if sequence != 2 {
				s.rows, s.sum = s.rows+1, s.sum+share(sequence, value)
			}
			if err := e.insert(sequence, value); err != nil {
				return err
			}
		}
		s.commits, s.last = 1, 3
		return e.remove(2, 2, 1)
	}, func() state { return s }); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.close(), v.close()); err != nil {
		t.Fatal(err)
	}
	f := newFile(t, path, Options{})
	want(t, f, "a", store.Reused)
	wantEntries(t, f, 1, 0)
	if n := f.ledger.index.count.Load(); n != 1 {
		t.Errorf("the index has %d entries of one session", n)
	}
}

// TestBounded guards that the file grows with sessions and not with rotations:
// 1 000 sessions are 1 000 records, however often they rotate, and the file stays
// as large as they and some rows that were replaced. ROTATIONS sets how often;
// a million take a minute.
func TestBounded(t *testing.T) {
	const sessions = 1_000
	rotations := 60_000
	if n, err := strconv.Atoi(os.Getenv("ROTATIONS")); err == nil {
		rotations = n
	}
	path := filepath.Join(t.TempDir(), "tokens.db")
	// The watch looks at the file all the time, and must not take what is being
	// written for damage.
	f := newFile(t, path, Options{Watch: 20 * time.Microsecond})
	var wg sync.WaitGroup
	for client := range 100 {
		wg.Go(func() {
			var tokens [sessions / 100]string
			for i := range tokens {
				tokens[i] = fmt.Sprintf("%016x%016x", client, i)
			}
			for i := range rotations / 100 {
				token := &tokens[i%len(tokens)]
				want(t, f, *token, store.Rotated)
				*token = store.Successor(*token)
			}
		})
	}
	wg.Wait()
	if n := f.Status(t.Context()).Entries; n != sessions {
		t.Errorf("%d records after %d rotations of %d sessions", n, rotations, sessions)
	}
	log := size(path + walSuffix)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d sessions after %d rotations: %d KB, and a log of %d KB while open", sessions, rotations, size(path)>>10, log>>10)
	if size(path) > 4<<20 || log > 3*walLimit {
		t.Errorf("the file has %d bytes, its log %d", size(path), log)
	}
	f = newFile(t, path, Options{})
	want(t, f, fmt.Sprintf("%016x%016x", 0, 0), store.Reused)
	wantEntries(t, f, sessions, 0)
}
