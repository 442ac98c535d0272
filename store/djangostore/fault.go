// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// fault is what an error of a driver means.
type fault struct {
	// again: the database itself said that nothing was carried out, and another
	// attempt may succeed.
	again bool

	// drop: the connection is useless, even if it looks fine.
	drop bool

	// tables: the tables differ from the layout that the store remembers.
	tables bool

	// text tells an operator what is wrong and what to do. It holds no token
	// and no secret.
	text string
}

const lookAtHost = "look at the host and the port in the database's URL"

// faultOf classifies an error. After an error that is not the database's own answer,
// the operation may have been carried out, so it is not tried again.
func (s *Store) faultOf(err error) fault {
	var network net.Error
	var setup *setupError
	switch {
	case errors.Is(err, driver.ErrBadConn):
		// Drivers say so only before anything was sent.
		return fault{again: true, drop: true, text: "the connection was closed by the server"}
	case errors.Is(err, context.DeadlineExceeded):
		return fault{drop: true, text: "no answer in time"}
	case errors.Is(err, context.Canceled):
		return fault{drop: true, text: "the request was canceled"}
	case errors.As(err, &setup):
		return fault{text: setup.text}
	}
	if text := s.pool.engine.cures().Explain(err); text != "" {
		return fault{drop: true, text: text}
	}
	f := s.pool.engine.fault(err)
	if f.text == "" && errors.As(err, &network) {
		f = fault{drop: true, text: "the connection failed: " + network.Error() + ": " + lookAtHost}
	}
	if f.text == "" {
		f = fault{drop: true, text: "the connection failed"}
	}
	return f
}

// fail turns what went wrong into the store's own error, and keeps it for the
// status.
func (s *Store) fail(err error) error {
	text := s.faultOf(err).text
	s.state.mu.Lock()
	s.state.lastError, s.state.lastErrorAt = text, time.Now()
	s.state.mu.Unlock()
	for _, known := range []error{context.DeadlineExceeded, context.Canceled} {
		if errors.Is(err, known) {
			return fmt.Errorf("%w: django: %s: %w", store.ErrUnavailable, text, known)
		}
	}
	return fmt.Errorf("%w: django: %s", store.ErrUnavailable, text)
}
