// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// flight is one fetch, in a goroutine of its own, so that it goes on when the request
// that caused it ends.
type flight struct {
	afterFailure bool // the fetch before this one failed

	done chan struct{} // closed at the end
	err  error         // to be read after done
}

var (
	errClosed = errors.New("this configuration is not in use any more")
	errSlow   = errors.New("its endpoint takes too long")
)

// fetch starts a fetch, or returns the one under way. In the cooldown it returns nil,
// and the error of the last fetch if that failed.
func (r *Remote[K]) fetch(now time.Time) (*flight, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight != nil {
		return r.flight, nil
	}
	if r.closed {
		return nil, errClosed
	}
	if since := now.Sub(r.claimed); !r.claimed.IsZero() && since >= 0 && since < r.config.Cooldown {
		return nil, r.failed
	}
	// The cooldown begins before the fetch, not after it, so it also holds if the
	// fetch fails.
	r.claimed = now
	r.flight = &flight{afterFailure: r.failed != nil, done: make(chan struct{})}
	r.fetches.Add(1)
	go r.run(r.flight, now)
	return r.flight, nil
}

// run is the goroutine of f.
func (r *Remote[K]) run(f *flight, began time.Time) {
	defer r.fetches.Done()
	started := time.Now()
	result, err := r.refresh(began)
	took := time.Since(started)

	r.mu.Lock()
	recovered := err == nil && r.failed != nil
	givenUp := err != nil && r.closed
	f.err = err
	r.failed = err
	r.flight = nil
	if !givenUp {
		r.status.count(result)
	}
	r.mu.Unlock()
	close(f.done)

	if givenUp { // by Close, which says nothing about the endpoint
		return
	}
	if r.config.OnFetch != nil {
		r.config.OnFetch(result, took)
	}
	if err != nil {
		r.logger().Error("could not fetch the JWK set; the keys that are known stay in use until they are too old",
			zap.Error(err), zap.Duration("max_stale", r.config.MaxStale))
	} else if recovered {
		r.logger().Info("the JWK set can be fetched again")
	}
}

// refresh fetches the set and makes it the current one. Nobody above this
// goroutine would recover a panic, and one set must not end the whole server.
func (r *Remote[K]) refresh(began time.Time) (result Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			result, err = ResultBadAnswer, fmt.Errorf("reading it panicked: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(r.ctx, r.config.Timeout)
	defer cancel()
	known := r.current.Load()
	got, result, err := r.download(ctx, known.etag)
	if err != nil {
		return result, err
	}
	next := *known
	next.asOf = began
	if result == ResultUpdated {
		next.etag = got.etag
		if got.digest == known.digest {
			result = ResultUnchanged
		} else {
			next.digest = got.digest
			if next.keys, err = r.parse(got.body); err != nil {
				return ResultBadAnswer, err
			}
		}
	}
	r.current.Store(&next)
	return result, nil
}

// wait waits for f and returns its error, or an error that the wait took too long.
func (r *Remote[K]) wait(ctx context.Context, f *flight) error {
	timer := time.NewTimer(r.config.Wait)
	defer timer.Stop()
	select {
	case <-f.done:
		return f.err
	case <-timer.C:
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}
