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

// slow is a server that takes its time to log in to.
type slow struct {
	driver.Connector
	takes  time.Duration
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
	case <-time.After(s.takes):
		return slowConn{s: s}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestPatient guards that a server which takes longer than the timeout to log in
// to is reached all the same, without ever more dials than slots.
func TestPatient(t *testing.T) {
	s := &slow{takes: 60 * time.Millisecond}
	pool, end := context.WithCancel(context.Background())
	p := newPatient(pool, s, 2)
	var c driver.Conn
	tries := 0
	for ; c == nil; tries++ {
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
		got, err := p.Connect(ctx)
		cancel()
		if c = got; err != nil && !errors.Is(err, context.DeadlineExceeded) || tries > 50 {
			t.Fatalf("try %d: %v", tries, err)
		}
	}
	if n := s.dials.Load(); tries == 1 || n > 3 {
		t.Errorf("%d dials for %d tries, want 2 at once at most", n, tries)
	}
	// What was dialled for nobody is closed with the pool.
	time.Sleep(2 * s.takes)
	end()
	for deadline := time.Now().Add(5 * time.Second); s.closed.Load() < s.dials.Load()-1; {
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d connections closed", s.closed.Load(), s.dials.Load())
		}
		time.Sleep(time.Millisecond)
	}
}
