// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap/zapcore"
)

// wantErr asks for kid and wants one of the two errors, never the other.
func (r *remote) wantErr(t *testing.T, kid string, want error) {
	t.Helper()
	_, err := r.Key(t.Context(), kid)
	if !errors.Is(err, want) || errors.Is(err, ErrNoKey) == errors.Is(err, ErrUnavailable) {
		t.Errorf("Key(%q) gives %v, want %v", kid, err, want)
	}
}

// Provision of a module must neither wait for the network nor fail with it.
func TestNothingIsFetchedBeforeTheFirstUse(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	r := newRemote(t, e.URL, nil)
	r.wantErr(t, "", ErrNoKey)
	if s := r.Status(); s != (Status{}) {
		t.Errorf("status before the first fetch: %+v", s)
	}
	e.wantHits(t, 0)

	r.wantKey(t, "a", 0)
	e.wantHits(t, 1)
	r.wantErr(t, "b", ErrNoKey)
	r.wantErr(t, "", ErrNoKey)
	e.wantHits(t, 1)
}

func TestDownAtStart(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	r := newRemote(t, down.URL, nil)
	for range 5 {
		r.wantErr(t, "a", ErrUnavailable)
	}
	r.settle()
	if s := r.Status(); s.Failures != 1 || s.Result != ResultUnreachable || s.Fetched {
		t.Errorf("status: %+v", s)
	}
	if n := r.logs.FilterLevelExact(zapcore.ErrorLevel).Len(); n != 1 {
		t.Errorf("%d errors logged in one cooldown, want 1", n)
	}
}

func TestRecoversAfterTheCooldown(t *testing.T) {
	e := newEndpoint(t, failing)
	r := newRemote(t, e.URL, nil)
	r.wantErr(t, "a", ErrUnavailable)
	e.become(serving(keys(t, ec(0, "a"))))
	r.move(DefaultCooldown - 1)
	r.wantErr(t, "a", ErrUnavailable)
	e.wantHits(t, 1)
	r.move(1)
	r.wantKey(t, "a", 0)
	e.wantHits(t, 2)
	r.settle()
	if r.logs.FilterMessage("the JWK set can be fetched again").Len() != 1 {
		t.Error("the recovery is not logged")
	}
}

// Keys outlive the endpoint, but not without end, and what is unknown while it
// is down is not known to be wrong: a 401 would log out whoever has a token of
// a new key.
func TestDownLater(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	r := newRemote(t, e.URL, nil)
	r.wantKey(t, "a", 0)
	e.become(failing)

	r.move(DefaultLifespan + 1)
	r.wantKey(t, "a", 0)
	r.wantErr(t, "b", ErrUnavailable)
	e.wantHits(t, 2)
	if s := r.Status(); s.Age != DefaultLifespan+1 || s.Keys != 1 || s.Result != ResultBadAnswer || s.Failures != 1 {
		t.Errorf("status: %+v", s)
	}

	r.move(DefaultMaxStale - DefaultLifespan - 2)
	r.wantKey(t, "a", 0)
	r.settle()
	r.move(1)
	r.wantErr(t, "a", ErrUnavailable)
	r.move(DefaultCooldown)
	e.become(serving(keys(t, ec(1, "a"))))
	r.wantKey(t, "a", 1)
}

func TestRemovedKeyStopsVerifying(t *testing.T) {
	before, after := keys(t, ec(0, "a"), ec(1, "b")), keys(t, ec(1, "b"))
	for name, test := range map[string]struct {
		pause time.Duration
		still bool // the first call after the pause still gets the key
	}{
		"fresh":                     {DefaultLifespan/2 - 1, true},
		"refreshed in the back":     {DefaultLifespan / 2, true},
		"first use after a pause":   {DefaultLifespan, false},
		"first use after long time": {DefaultMaxStale * 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, serving(before))
			r := newRemote(t, e.URL, nil)
			r.wantKey(t, "a", 0)
			e.become(serving(after))
			r.move(test.pause)
			if test.still {
				r.wantKey(t, "a", 0)
				r.settle()
				r.move(DefaultLifespan - test.pause)
			}
			r.wantErr(t, "a", ErrNoKey)
			r.wantKey(t, "b", 1)
		})
	}
}

// A cooldown that begins after the fetch, or only after a success, or that is
// kept by kid, fails here.
func TestUnknownKidFlood(t *testing.T) {
	known := keys(t, ec(0, "a"))
	for name, test := range map[string]struct {
		first, then http.HandlerFunc
		want        error
		keeps       bool
	}{
		"set":       {serving(known), serving(known), ErrNoKey, true},
		"empty set": {serving(`{"keys":[]}`), serving(`{"keys":[]}`), ErrNoKey, false},
		"failing":   {serving(known), failing, ErrUnavailable, true},
		"never up":  {failing, failing, ErrUnavailable, false},
	} {
		t.Run(name, func(t *testing.T) {
			e := newEndpoint(t, test.first)
			r := newRemote(t, e.URL, nil)
			_, _ = r.Key(t.Context(), "a")
			e.wantHits(t, 1)
			e.become(test.then)
			for round := range int64(3) {
				r.move(DefaultCooldown)
				var all sync.WaitGroup
				for i := range 64 {
					all.Go(func() { r.wantErr(t, fmt.Sprint("unknown", round, i), test.want) })
				}
				all.Wait()
				e.wantHits(t, 2+round)
				if test.keeps {
					r.wantKey(t, "a", 0)
				}
			}
		})
	}
}

// Whoever has a known key does not pay for an endpoint that hangs, and others
// pay no more than the wait.
func TestSlowEndpoint(t *testing.T) {
	release := make(chan struct{})
	hang := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	defer close(release)
	r := newRemote(t, e.URL, func(c *Config[crypto.PublicKey]) {
		c.Wait, c.Timeout = 500*time.Millisecond, 2*time.Second
	})
	r.wantKey(t, "a", 0)
	e.become(hang)
	r.move(DefaultLifespan / 2)
	began := time.Now()
	r.wantKey(t, "a", 0)
	if took := time.Since(began); took >= 500*time.Millisecond {
		t.Errorf("a known key took %v", took)
	}
	r.wantErr(t, "b", ErrUnavailable)
	if took := time.Since(began); took < 500*time.Millisecond || took >= 2*time.Second {
		t.Errorf("an unknown kid took %v instead of the wait", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Key(ctx, "b"); !errors.Is(err, ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("a request that went away gets %v", err)
	}
	r.settle() // the fetch's own timeout
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the fetch took %v", took)
	}
	e.wantHits(t, 2)

	// After a failure nobody waits for the next try.
	r.move(DefaultLifespan)
	began = time.Now()
	r.wantKey(t, "a", 0)
	if took := time.Since(began); took >= 500*time.Millisecond {
		t.Errorf("a known key took %v while the endpoint is known to hang", took)
	}
}

func TestNewKidIsFoundByWaiting(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	r := newRemote(t, e.URL, nil)
	r.wantKey(t, "a", 0)
	e.become(serving(keys(t, ec(0, "a"), ec(1, "b"))))
	r.wantErr(t, "b", ErrNoKey)
	r.move(DefaultCooldown)
	r.wantKey(t, "b", 1)
	e.wantHits(t, 2)
}

// A clock that jumps back must not keep the keys fresh, nor the cooldown
// closed, until it has caught up.
func TestClockSetBack(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	r := newRemote(t, e.URL, nil)
	r.wantKey(t, "a", 0)
	e.become(serving(keys(t, ec(1, "b"))))
	r.move(-time.Hour)
	r.wantKey(t, "b", 1)
	e.wantHits(t, 2)
	e.become(serving(keys(t, ec(0, "a"))))
	r.move(-time.Hour)
	r.wantKey(t, "b", 1)
	r.settle()
	r.wantErr(t, "b", ErrNoKey)
}

func TestClose(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	var results []Result
	r := newRemote(t, e.URL, func(c *Config[crypto.PublicKey]) {
		c.OnFetch = func(result Result, _ time.Duration) { results = append(results, result) }
	})
	r.wantKey(t, "a", 0)
	r.settle()

	reached := make(chan struct{})
	e.become(func(_ http.ResponseWriter, r *http.Request) {
		close(reached)
		<-r.Context().Done()
	})
	r.move(DefaultLifespan / 2)
	r.wantKey(t, "a", 0)
	<-reached
	began := time.Now()
	r.Close()
	r.Close()
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("Close took %v", took)
	}
	if r.flight != nil {
		t.Error("Close did not wait for the fetch")
	}
	r.wantKey(t, "a", 0)
	r.wantErr(t, "b", ErrUnavailable)
	e.wantHits(t, 2)
	if len(results) != 1 || r.Status().Failures != 0 || r.logs.FilterLevelExact(zapcore.ErrorLevel).Len() != 0 {
		t.Errorf("giving up at Close counts as a failure: %v %+v %v", results, r.Status(), r.logs.All())
	}
}

// The rest of the server shares the process with the goroutine of a fetch.
func TestPanicWhileFetching(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	r := newRemote(t, e.URL, func(c *Config[crypto.PublicKey]) {
		c.NewKey = func(string, crypto.PublicKey) (crypto.PublicKey, error) { panic("no such thing") }
	})
	r.wantErr(t, "a", ErrUnavailable)
	if s := r.Status(); s.Result != ResultBadAnswer {
		t.Errorf("status: %+v", s)
	}
}

// The path that each token takes costs one load and one look-up.
func TestKnownKeyDoesNotAllocate(t *testing.T) {
	e := newEndpoint(t, serving(keys(t, ec(0, "a"))))
	r := newRemote(t, e.URL, nil)
	r.wantKey(t, "a", 0)
	ctx := t.Context()
	if n := testing.AllocsPerRun(100, func() { _, _ = r.Key(ctx, "a") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
