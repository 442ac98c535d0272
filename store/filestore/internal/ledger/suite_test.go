// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// clock is a clock that a test moves, and the time since the machine started.
type clock struct {
	*storetest.Clock
	uptime atomic.Int64 // a duration
}

func newClock() *clock {
	return &clock{Clock: storetest.NewClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))}
}

func (c *clock) Uptime() time.Duration { return time.Duration(c.uptime.Load()) }

// Set moves the wall clock alone.
func (c *clock) Set(d time.Duration) { c.Clock.Advance(d) }

func (c *clock) Advance(d time.Duration) {
	c.Clock.Advance(d)
	c.uptime.Add(int64(d))
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
