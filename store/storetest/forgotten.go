// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// testForgotten: a store says that it lost data, and does not refuse the user for it.
func testForgotten(t *testing.T, fresh func(*testing.T) *bench) {
	if fresh(t).Forget == nil {
		return
	}
	b := fresh(t)
	first := b.login(t)
	second := b.rotate(t, 0, first)
	third := b.rotate(t, 0, second)
	b.Forget(t, b.site, first.JTI)
	b.wantCheck(t, third, store.Live)
	if a := b.spend(t, 1, third, b.grace); a.Verdict != store.Rotated || !a.Forgot {
		t.Errorf("Spend of a token whose session was forgotten = %v, forgot %v; want rotated, true", a.Verdict, a.Forgot)
	}
	b.wantSpend(t, second, 0, store.Reused) // it must have been spent
	b.wantSpend(t, first, time.Hour, store.Reused)
	if a := b.spend(t, 2, b.login(t), b.grace); a.Forgot {
		t.Error("Spend of a login's token says that the store forgot")
	}
}
