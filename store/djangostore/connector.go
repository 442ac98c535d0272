// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql/driver"
	"errors"
)

// patient makes connections that take longer than a request may wait: if a request
// gives up, the dial goes on, and the next request finds the connection made. Without
// it a server whose login takes longer than the timeout would never be reached.
type patient struct {
	driver.Connector
	ctx   context.Context // ends with the pool
	slots chan struct{}   // one for each dial under way
	spare chan driver.Conn
}

func newPatient(ctx context.Context, c driver.Connector, dials int) *patient {
	p := &patient{Connector: c, ctx: ctx, slots: make(chan struct{}, dials), spare: make(chan driver.Conn, dials)}
	context.AfterFunc(ctx, p.drain)
	return p
}

type dialled struct {
	conn driver.Conn
	err  error
}

// Connect implements driver.Connector.
func (p *patient) Connect(ctx context.Context) (driver.Conn, error) {
	for {
		done := make(chan dialled)
		select {
		case c := <-p.spare:
			if usable(ctx, c) {
				return c, nil
			}
			continue
		case p.slots <- struct{}{}:
			go p.dial(ctx, done)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		select {
		case d := <-done:
			return d.conn, d.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *patient) dial(ctx context.Context, done chan<- dialled) {
	defer func() { <-p.slots }()
	bounded, cancel := context.WithTimeout(p.ctx, connectTimeout)
	defer cancel()
	c, err := p.Connector.Connect(bounded) //nolint:contextcheck // dialling goes on when one request gives up
	select {
	case done <- dialled{c, err}:
		return
	case <-ctx.Done():
	}
	if err != nil {
		return
	}
	select {
	case p.spare <- c:
		if p.ctx.Err() != nil {
			p.drain()
		}
	default:
		_ = c.Close()
	}
}

// drain closes the connections that no request took.
func (p *patient) drain() {
	for {
		select {
		case c := <-p.spare:
			_ = c.Close()
		default:
			return
		}
	}
}

// usable reports whether a connection that was kept is still good, and closes it if
// not.
func usable(ctx context.Context, c driver.Conn) bool {
	r, ok := c.(driver.SessionResetter)
	if !ok || !errors.Is(r.ResetSession(ctx), driver.ErrBadConn) {
		return true
	}
	_ = c.Close()
	return false
}
