// SPDX-License-Identifier: Apache-2.0

package operate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestCutOff: with clocks that differ a cut-off voids what either clock issued up
// to it and the tolerated difference further; what either issues once the answer
// came lives; and where they differ too much nothing is done unless forced.
func TestCutOff(t *testing.T) {
	for name, tt := range map[string]struct {
		ahead   time.Duration // of the store's clock
		force   bool
		fails   bool
		note    string
		atLeast time.Duration // that the answer takes
		atMost  time.Duration
	}{
		"one clock":          {atLeast: 2 * time.Second, atMost: 3 * time.Second},
		"a bit ahead":        {ahead: 1700 * time.Millisecond, atLeast: 3 * time.Second, atMost: 5 * time.Second},
		"a bit behind":       {ahead: -1700 * time.Millisecond, atLeast: 3 * time.Second, atMost: 5 * time.Second},
		"an hour behind":     {ahead: -time.Hour, fails: true, note: "1h0m0s ahead"},
		"an hour ahead":      {ahead: time.Hour, fails: true, note: "1h0m0s behind"},
		"3 s ahead":          {ahead: 3 * time.Second, fails: true, note: "3s behind"},
		"forced":             {force: true, note: "does not cover", atLeast: 2 * time.Second, atMost: 3 * time.Second},
		"forced, far behind": {ahead: -time.Hour, force: true, note: "this machine's is 1h0m0s ahead", atLeast: 2 * time.Second, atMost: 3 * time.Second},
		"forced, far ahead":  {ahead: time.Hour, force: true, note: "this machine's is 1h0m0s behind", atLeast: 2 * time.Second, atMost: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(300 * time.Millisecond) // no clock is at the beginning of a second
				storeTime := func() time.Time { return time.Now().Add(tt.ahead) }
				memory := storetest.NewMemory(storeTime)
				m := stores.Monitor(memory, nil, "cut-off", zap.NewNop())
				live := func(iat time.Time) bool {
					t.Helper()
					a, err := memory.Check(t.Context(), &store.Check{
						Name:  "shop",
						Token: store.Token{JTI: "a", IssuedAt: iat.Unix(), ExpiresAt: iat.Unix() + 86400, User: store.User{ID: "1", Kind: store.IntegerUser}},
					})
					if err != nil {
						t.Fatal(err)
					}
					return a.Verdict == store.Live
				}
				began := time.Now()
				edgeThen, storeThen := began, storeTime()
				results, err := revokeUser(t.Context(), []*stores.Monitored{m}, &revocation{Name: "shop", user: "1", Force: tt.force})
				took := time.Since(began)
				if tt.fails {
					if !errors.Is(err, errClocks) || !strings.Contains(err.Error(), tt.note) || statusOf(err) != 409 || took != 0 {
						t.Errorf("%v after %s, want one that tells of the clocks, at once", err, took)
					}
					if !live(edgeThen) || !live(storeThen) {
						t.Error("a token is void though the command failed")
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if took < tt.atLeast || took > tt.atMost {
					t.Errorf("it took %s, want %s to %s", took, tt.atLeast, tt.atMost)
				}
				if notes := strings.Join(results[0].Notes, "; "); tt.note == "" && notes != "" || !strings.Contains(notes, tt.note) {
					t.Errorf("notes %q, want %q in them", notes, tt.note)
				}
				// Whoever issued by the store's clock, and by the edge's where that counts.
				clocks := map[string][2]time.Time{"store": {storeThen, storeTime()}}
				if !tt.force {
					clocks["edge"] = [2]time.Time{edgeThen, time.Now()}
				}
				for whose, at := range clocks {
					if live(at[0]) {
						t.Errorf("a token of the second of the command, by the %s's clock, lives", whose)
					}
					if !live(at[1]) {
						t.Errorf("a login after the answer, by the %s's clock, is void", whose)
					}
				}
				if live(storeThen.Add(stores.MaxClockOffset)) {
					t.Error("a token by a clock that is as far ahead as is tolerated lives")
				}
			})
		})
	}
}

// TestCutOffStays: an earlier cut-off that reaches further is told of, and the
// answer does not wait for it.
func TestCutOffStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := storetest.NewMemory(nil)
		m := stores.Monitor(memory, nil, "cut-off", zap.NewNop())
		far := time.Now().Unix() + 3600
		if _, err := memory.CutOff(t.Context(), &store.CutOff{User: store.User{ID: "1", Kind: store.TextUser}, Second: far}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		results, err := revokeUser(t.Context(), []*stores.Monitored{m}, &revocation{user: "1"})
		if err != nil || results[0].CutOff != far || len(results[0].Notes) != 1 || time.Since(began) > 5*time.Second {
			t.Errorf("%+v, %v after %s; want the cut-off of before and a note", results, err, time.Since(began))
		}
	})
}

// TestCutOffOfDjango: Django's tables void what there is. Nothing is waited for,
// and no clock is in the way.
func TestCutOffOfDjango(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		memory := storetest.NewMemory(func() time.Time { return time.Now().Add(-time.Hour) })
		memory.Is.SharesBackend = true
		m := stores.Monitor(memory, nil, "cut-off", zap.NewNop())
		began := time.Now()
		results, err := revokeUser(t.Context(), []*stores.Monitored{m}, &revocation{user: "1"})
		if err != nil || len(results) != 1 || results[0].Notes != nil || time.Since(began) != 0 {
			t.Errorf("%+v, %v after %s", results, err, time.Since(began))
		}
		if m.Ahead() != 0 {
			t.Error("tokens are issued by the database's clock, and no cut-off asks for it")
		}
	})
}

// TestCutOffFails: a store that cannot be asked has no clock, and one that breaks
// while the clocks are waited for is no success.
func TestCutOffFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := stores.Monitor(silent{storetest.NewMemory(nil)}, nil, "cut-off", zap.NewNop())
		if _, err := revokeUser(t.Context(), []*stores.Monitored{m}, &revocation{user: "1"}); !errors.Is(err, store.ErrUnavailable) || statusOf(err) != 503 {
			t.Errorf("%v, want one that says that the store is unavailable", err)
		}
		m = stores.Monitor(storetest.NewMemory(nil), nil, "cut-off", zap.NewNop())
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := revokeUser(ctx, []*stores.Monitored{m}, &revocation{user: "1"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want one that says that the clocks are not past it", err)
		}
	})
}

// TestRevokeUnknownToDjango: Django knows of logins, so there is no session that
// is merely not recorded.
func TestRevokeUnknownToDjango(t *testing.T) {
	memory := storetest.NewMemory(nil)
	memory.Is.SharesBackend = true
	m := stores.Monitor(memory, nil, "unknown", zap.NewNop())
	results, err := revokeSession(t.Context(), []*stores.Monitored{m}, &revocation{JTI: "a"})
	if err != nil || len(results) != 1 || len(results[0].Notes) != 1 || !strings.HasPrefix(results[0].Notes[0], "Django's tables have no token with this id") {
		t.Errorf("%+v, %v", results, err)
	}
}

// silent is a store whose status tells no time.
type silent struct{ store.Store }

func (silent) Status(context.Context) store.Status { return store.Status{LastError: "no connection"} }
