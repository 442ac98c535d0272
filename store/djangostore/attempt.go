// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"math/rand/v2"
	"time"
)

const (
	maxAttempts = 20
	maxBackoff  = 16 * time.Millisecond
)

// step is one attempt at an operation. It reports whether the operation is done; if
// not, it is tried again with a fresh look at the tables.
type step func(ctx context.Context, c *sql.Conn, l *layout) (done bool, err error)

// run takes steps until one is done, within the store's timeout. After an error it
// takes another step only if the database said that nothing was carried out.
func (s *Store) run(ctx context.Context, f step) error {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	for attempt := range maxAttempts {
		done, err := s.try(ctx, f)
		if done && err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return s.fail(ctx.Err())
		}
		if err != nil && (!s.faultOf(err).again || attempt == maxAttempts-1) {
			return s.fail(err)
		}
		if attempt > 0 {
			pause(ctx, attempt)
		}
	}
	return s.fail(&setupError{"other transactions changed the same rows at each attempt"})
}

// try takes one step on a connection, which is closed if the step makes it useless.
func (s *Store) try(ctx context.Context, f step) (bool, error) {
	c, err := s.pool.db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()
	l, err := s.layout(ctx, c)
	if err != nil {
		s.release(c, err)
		return false, err
	}
	done, err := f(ctx, c, l)
	if err != nil {
		s.release(c, err)
	}
	return done, err
}

// release drops the connection and the layout if the error made them useless.
func (s *Store) release(c *sql.Conn, err error) {
	f := s.faultOf(err)
	if f.tables {
		s.state.layout.Store(nil)
	}
	if f.drop {
		drop(c)
	}
}

// drop keeps a connection out of the pool.
func drop(c *sql.Conn) {
	_ = c.Raw(func(any) error { return driver.ErrBadConn })
}

// pause waits for a random time that grows with the attempts, so that operations that
// got in each other's way do not meet again.
func pause(ctx context.Context, attempt int) {
	most := min(time.Millisecond<<min(attempt, 10), maxBackoff)
	select {
	case <-ctx.Done():
	case <-time.After(rand.N(most)): //nolint:gosec // nothing rests on it
	}
}
