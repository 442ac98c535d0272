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
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// site is a File as the suite sees it: what is not the file's own business is
// the Caddy module's.
type site struct{ *File }

func (site) Traits() store.Traits { return store.Traits{Kind: Kind, Timeout: time.Second} }

// TestSuite is the suite on a file whose clock the test moves, swept all the
// time.
func TestSuite(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		c := newClock()
		f, err := NewFile(filepath.Join(t.TempDir(), "tokens.db"), Options{Now: c.Now, Company: time.Microsecond, Sweep: 2 * time.Millisecond}, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := f.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		return storetest.Opener{Open: func(*testing.T) store.Store { return site{f} }, Advance: c.Advance}
	})
}
