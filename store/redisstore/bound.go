// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"context"
	"sync/atomic"
	"time"
)

// bound ends ctx after the store's timeout, if it would not end by then anyway.
func (s *Store) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	switch {
	case ok && time.Until(deadline) <= s.timeout:
		return ctx, func() {}
	case ctx.Done() == nil:
		return s.window.join(s.timeout), func() {}
	default:
		return context.WithTimeout(ctx, s.timeout)
	}
}

// window is a context that operations which begin at nearly the same time
// share, so that they need no timer each.
type window struct{ current atomic.Pointer[shared] }

type shared struct {
	context.Context
	until time.Time // who comes later needs another one
}

// join returns a context that ends after timeout, or up to a sixteenth of it
// earlier.
func (w *window) join(timeout time.Duration) context.Context {
	now := time.Now()
	if s := w.current.Load(); s != nil && now.Before(s.until) {
		return s
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	context.AfterFunc(ctx, cancel)
	s := &shared{Context: ctx, until: now.Add(timeout / 16)}
	w.current.Store(s)
	return s
}
