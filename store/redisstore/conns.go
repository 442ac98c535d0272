// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// deadAfter is how long a connection may owe an answer before it is closed. It is
	// checked once an operation has run out of time.
	deadAfter = 2 * time.Second

	// suspectEvery is the least time between two such checks.
	suspectEvery = 50 * time.Millisecond

	// renewEvery is the least time between two renewals of connections to a replica.
	renewEvery = time.Second
)

// conns are the open connections of a resource. They are kept so that connections
// that died silently can be told from slow ones, and so that none outlives the
// resource.
type conns struct {
	mu      sync.Mutex
	open    map[*conn]struct{}
	closed  bool
	renewed time.Time

	made chan struct{} // holds something once a connection was made

	answered atomic.Bool // a server said something on one of them

	suspected atomic.Int64 // when suspect last looked, in Unix nanoseconds
}

// conn is a connection that knows since when it owes an answer.
type conn struct {
	net.Conn
	owner *conns
	owing atomic.Int64 // since when, in Unix nanoseconds; 0 if nothing is owed
}

func (c *conn) Write(b []byte) (int, error) {
	c.owing.CompareAndSwap(0, time.Now().UnixNano())
	return c.Conn.Write(b)
}

func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.owing.Store(0)
		if !c.owner.answered.Load() {
			c.owner.answered.Store(true)
		}
	}
	return n, err
}

func (c *conn) Close() error {
	c.owner.mu.Lock()
	delete(c.owner.open, c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}

// dial makes a connection, for rueidis. It is given up when the resource ends.
func (r *resource) dial(ctx context.Context, address string, d *net.Dialer, cfg *tls.Config) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	defer context.AfterFunc(r.ctx, cancel)() //nolint:contextcheck // two contexts end a dial
	var (
		raw net.Conn
		err error
	)
	switch {
	case cfg != nil:
		raw, err = (&tls.Dialer{NetDialer: d, Config: cfg}).DialContext(ctx, "tcp", address)
	case isSocket(address):
		raw, err = d.DialContext(ctx, "unix", address)
	default:
		raw, err = d.DialContext(ctx, "tcp", address)
	}
	if err != nil {
		return nil, err
	}
	return r.conns.add(raw)
}

func (cs *conns) add(raw net.Conn) (net.Conn, error) {
	c := &conn{Conn: raw, owner: cs}
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.closed {
		raw.Close()
		return nil, net.ErrClosed
	}
	if cs.open == nil {
		cs.open = make(map[*conn]struct{})
	}
	cs.open[c] = struct{}{}
	select {
	case cs.made <- struct{}{}:
	default:
	}
	return c, nil
}

// suspect closes the connections that have owed an answer for too long. However many
// call it, it checks only once every suspectEvery.
func (cs *conns) suspect() {
	now, before := time.Now().UnixNano(), cs.suspected.Load()
	if now-before < int64(suspectEvery) || !cs.suspected.CompareAndSwap(before, now) {
		return
	}
	limit := time.Now().Add(-deadAfter).UnixNano()
	cs.close(func(c *conn) bool {
		since := c.owing.Load()
		return since != 0 && since < limit
	})
}

// renew closes all connections, at most once every renewEvery, so that the address is
// looked up again: another server may be behind it by now.
func (cs *conns) renew() {
	cs.mu.Lock()
	due := time.Since(cs.renewed) >= renewEvery
	if due {
		cs.renewed = time.Now()
	}
	cs.mu.Unlock()
	if due {
		cs.close(func(*conn) bool { return true })
	}
}

// cut closes all connections for good.
func (cs *conns) cut() {
	cs.mu.Lock()
	cs.closed = true
	cs.mu.Unlock()
	cs.close(func(*conn) bool { return true })
}

func (cs *conns) close(which func(*conn) bool) {
	cs.mu.Lock()
	var doomed []*conn
	for c := range cs.open {
		if which(c) {
			doomed = append(doomed, c)
		}
	}
	cs.mu.Unlock()
	// Closing waits for the reader of the connection, and a caller must not wait.
	for _, c := range doomed {
		go c.Close()
	}
}
