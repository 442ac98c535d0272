// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// clock is a clock that a test moves.
type clock struct {
	mu     sync.Mutex
	now    time.Time
	uptime time.Duration
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.uptime
}

// Set moves the wall clock alone.
func (c *clock) Set(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.uptime += d
}

// site is a File as the suite sees it: what is not the file's own business is
// the Caddy module's.
type site struct{ *File }

func (site) Traits() store.Traits { return store.Traits{Kind: Kind, Timeout: time.Second} }

// forget takes the record of a session out of the index: the store does not know
// of it any more, and its row is one that was replaced.
func forget(t *testing.T, f *File, name, jti string) {
	t.Helper()
	l, err := f.get(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var n named
	n.identity = appendSession(nil, name, store.Locate(jti).Session)
	n.rehash(l)
	for _, sequence := range l.index.find(n.hash, nil) {
		l.index.remove(n.hash, sequence)
	}
}

// TestSuite is the suite on a file whose clock the test moves, swept all the
// time.
func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		c := newClock()
		f, err := NewFile(filepath.Join(t.TempDir(), "tokens.db"), Options{Now: c.Now, Uptime: c.Uptime, Gather: time.Microsecond, Sweep: 2 * time.Millisecond}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		return storetest.Opener{
			Open: func(*testing.T) store.Store { return site{f} }, Advance: c.Advance,
			Forget: func(t *testing.T, name, jti string) { forget(t, f, name, jti) },
		}
	})
}
