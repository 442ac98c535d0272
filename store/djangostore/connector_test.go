// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync/atomic"
	"testing"
	"time"
)

// slow is a server that lets nobody in until its gate is opened.
type slow struct {
	driver.Connector
	gate   chan struct{}
	dials  atomic.Int64
	closed atomic.Int64
}

type slowConn struct {
	driver.Conn
	s *slow
}

func (c slowConn) Close() error { c.s.closed.Add(1); return nil }

func (s *slow) Connect(ctx context.Context) (driver.Conn, error) {
	s.dials.Add(1)
	select {
	case <-s.gate:
		return slowConn{s: s}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestPatient guards that a server which takes longer than the timeout to log in
// to is reached all the same, without ever more dials than slots.
func TestPatient(t *testing.T) {
	s := &slow{gate: make(chan struct{})}
	pool, end := context.WithCancel(context.Background())
	p := newPatient(pool, s, 2)
	for try := range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
		if c, err := p.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("try %d: %v, %v; want it to be given up", try, c, err)
		}
		cancel()
	}
	if n := s.dials.Load(); n > 2 {
		t.Errorf("%d dials at once, want 2 at most", n)
	}
	close(s.gate)
	if _, err := p.Connect(t.Context()); err != nil {
		t.Fatalf("Connect to a server that answers by now: %v", err)
	}
	// What was dialled for nobody is closed with the pool.
	end()
	for deadline := time.Now().Add(20 * time.Second); s.closed.Load() < s.dials.Load()-1; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d connections closed", s.closed.Load(), s.dials.Load())
		}
		time.Sleep(time.Millisecond)
	}
}
