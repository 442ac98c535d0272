// SPDX-License-Identifier: Apache-2.0

package jwks

import (
	"context"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// Remote is a JWK Set at a URL. It fetches only when [Remote.Key] or [Remote.Look] is
// called, runs nothing in between, and finds a fresh key without a lock. It is safe
// for concurrent use.
type Remote[K any] struct {
	config Config[K]
	url    *url.URL
	client *http.Client

	ctx    context.Context // of the fetches; ends at Close
	cancel context.CancelFunc

	current atomic.Pointer[set[K]] // never nil; without a time until the first fetch succeeded

	mu      sync.Mutex
	flight  *flight   // the fetch under way, or nil
	claimed time.Time // when the last fetch began
	failed  error     // of the last fetch that ended
	status  Status    // its counters and Result
	closed  bool
	fetches sync.WaitGroup
}

// set is the result of one fetch. It is never changed.
type set[K any] struct {
	keys   map[string]K // by kid
	asOf   time.Time    // start of the fetch that confirmed it
	etag   string
	digest [sha256.Size]byte // of the body
}

// New checks the configuration and makes a Remote. It fetches nothing.
func New[K any](c Config[K]) (*Remote[K], error) {
	if _, ok := shapes[c.Algorithm]; !ok {
		return nil, fmt.Errorf("keys from a JWK set cannot serve %q: write RS256, PS256, ES256, one of their "+
			"384 and 512 forms, or EdDSA", c.Algorithm)
	}
	if c.NewKey == nil {
		return nil, fmt.Errorf("NewKey is missing from the configuration of a JWK set")
	}
	u, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	c.setDefaults()
	r := &Remote[K]{config: c, url: u, client: newClient(u, c.NoRedirects, c.Transport)}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	r.current.Store(&set[K]{})
	return r, nil
}

func (r *Remote[K]) logger() *zap.Logger {
	return r.config.Logger().With(zap.String("jwk_url", r.PublicURL()))
}

// Insecure reports whether the set comes over plain HTTP from another machine: an
// attacker in between can forge tokens. SimpleJWT allows it; a caller should warn.
func (r *Remote[K]) Insecure() bool {
	return r.url.Scheme != "https" && !loopback(r.url.Hostname())
}

// HasPassword reports whether the URL holds a password.
func (r *Remote[K]) HasPassword() bool {
	_, has := r.url.User.Password()
	return has
}

// Key returns the key of kid, the kid in a token's header; "" stands for none, which
// SimpleJWT refuses, too.
//
// It returns a known key at once, unless the set is older than the lifespan. Then it
// waits for a fetch, and so refuses a key that was removed, as PyJWKClient does. While
// the endpoint fails, known keys stay until the set is older than MaxStale. An unknown
// kid causes a fetch, or waits for the one under way, unless the set was confirmed
// within the cooldown.
//
// Errors are, or wrap, [ErrNoKey] and [ErrUnavailable].
func (r *Remote[K]) Key(ctx context.Context, kid string) (K, error) {
	var none K
	if kid == "" {
		return none, ErrNoKey
	}
	var (
		now        = r.config.Now()
		known      = r.current.Load()
		age        = known.age(now)
		key, found = known.keys[kid]
	)
	// An age below zero means that the clock was set back: ask anew.
	if found && age >= 0 && age < r.config.Lifespan/2 {
		return key, nil
	}
	if !found && age >= 0 && age < r.config.Cooldown {
		return none, ErrNoKey
	}
	usable := found && age < r.config.MaxStale

	f, err := r.fetch(now)
	if usable && (age < r.config.Lifespan || f == nil || f.afterFailure) {
		return key, nil
	}
	if f != nil {
		err = r.wait(ctx, f)
	}
	if err == nil { // the set was confirmed by f, or while we looked
		if key, found = r.current.Load().keys[kid]; found {
			return key, nil
		}
		return none, ErrNoKey
	}
	if usable {
		return key, nil
	}
	return none, fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// age returns the set's age at now. A set that was never fetched is older than any limit.
func (s *set[K]) age(now time.Time) time.Duration {
	if s.asOf.IsZero() {
		return 1<<63 - 1
	}
	return now.Sub(s.asOf)
}

// Close ends the fetch under way and waits for its goroutine. Afterwards Key still
// finds known keys, and fetches nothing. It may be called more than once.
func (r *Remote[K]) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancel()
	r.fetches.Wait()
}
