// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestGroup guards that the operations of one commit see what those before them in
// it have decided, as if each had a commit of its own, and that all of it is there
// after a restart.
func TestGroup(t *testing.T) {
	var bad badDisk
	path := filepath.Join(t.TempDir(), "tokens.db")
	f := newFile(t, path, Options{Disk: bad.wrap})
	want(t, f, "z", store.Rotated)
	hanging, release := bad.hangOnce()
	var asked sync.WaitGroup
	asked.Go(func() { want(t, f, "first", store.Rotated) })
	<-hanging

	// While that one is committed, these queue up for the next commit, in this order.
	user, now := store.User{ID: "7", Kind: store.TextUser}, time.Now().Unix()
	second := store.Successor("a")
	spend := func(jti string, user store.User, verdict store.Verdict) func() {
		return func() {
			s := spending(jti, 0)
			s.Token.User, s.Token.IssuedAt = user, now
			if a, err := f.Spend(context.Background(), s); err != nil || a.Verdict != verdict {
				t.Errorf("Spend(%q) = %v, %v; want %v", jti, a.Verdict, err, verdict)
			}
		}
	}
	for i, op := range []func(){
		spend("a", store.User{}, store.Rotated),
		spend("a", store.User{}, store.Reused),
		spend(second, store.User{}, store.Rotated),
		spend("b", user, store.Rotated),
		func() {
			c := &store.CutOff{User: user, Second: now}
			if _, err := f.CutOff(context.Background(), c); err != nil {
				t.Errorf("CutOff: %v", err)
			}
		},
		spend("c", user, store.Refused),
		spend("d", store.User{}, store.Rotated),
	} {
		asked.Go(op)
		for deadline := time.Now().Add(hang); f.ledger.queued() != i+1; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("operation %d does not queue up", i)
			}
		}
	}
	close(release)
	asked.Wait()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	f = newFile(t, path, Options{})
	for jti, verdict := range map[string]store.Verdict{
		"a": store.Reused, second: store.Reused, store.Successor(second): store.Rotated, "b": store.Reused, "d": store.Reused,
	} {
		want(t, f, jti, verdict)
	}
	spend("c", user, store.Refused)()
}
