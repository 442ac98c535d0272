// SPDX-License-Identifier: Apache-2.0

package store_test

import (
	"testing"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestExampleStore holds the store of the example, and store.Record with it, to
// the suite, on a clock that the test moves.
func TestExampleStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		m := new(Memory)
		if err := m.Provision(caddy.Context{}); err != nil {
			t.Fatal(err)
		}
		clock := storetest.NewClock(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		m.now = clock.Now
		return storetest.Opener{
			Open:    func(*testing.T) store.Store { return m },
			Advance: clock.Advance,
			Forget: func(_ *testing.T, name, jti string) {
				m.mu.Lock()
				defer m.mu.Unlock()
				delete(m.sessions, key{name, store.Locate(jti).Session})
			},
		}
	})
}
