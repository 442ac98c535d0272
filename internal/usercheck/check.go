// SPDX-License-Identifier: Apache-2.0

// Package usercheck asks the backend whether the user of a token may go on, for edges
// whose store sees no users. One GET request asks about one user. Requests about the
// same user at the same time are one, and an active user may be remembered for a while.
package usercheck

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/sync/singleflight"
)

// Config is what a Checker is made of. Settings are required.
type Config struct {
	Settings *Settings

	// Name is the name label of the metrics.
	Name string

	// RequestID returns the id under which the logs know the request of a context, or
	// "". Default: there are none
	RequestID func(ctx context.Context) string

	// Transport makes the requests. Default: one of the Checker's own, which connects
	// at the first request
	Transport http.RoundTripper

	// Now is the clock of the memory. Default: [time.Now]
	Now func() time.Time
}

// Checker asks one view. It is safe for concurrent use.
type Checker struct {
	url       template
	header    map[string]string
	timeout   time.Duration
	requestID func(ctx context.Context) string
	now       func() time.Time

	client  *http.Client
	slots   chan struct{} // holds one value for each request under way
	flights singleflight.Group
	active  *memory
	metrics *metrics
}

// New makes a Checker. It connects to nothing. Its errors quote no header's value.
func New(c *Config) (*Checker, error) {
	if err := c.Settings.Validate(); err != nil {
		return nil, err
	}
	url, err := parseTemplate(c.Settings.URL)
	if err != nil {
		return nil, err
	}
	header, err := c.Settings.resolved()
	if err != nil {
		return nil, err
	}
	slots := cmp.Or(c.Settings.MaxInFlight, defaultMaxInFlight)
	checker := &Checker{
		url: url, header: header, timeout: c.Settings.timeout(), requestID: c.RequestID, now: c.Now,
		client:  newClient(c.Transport, slots),
		slots:   make(chan struct{}, slots),
		active:  newMemory(time.Duration(c.Settings.Cache)),
		metrics: newMetrics(c.Name),
	}
	if checker.requestID == nil {
		checker.requestID = func(context.Context) string { return "" }
	}
	if checker.now == nil {
		checker.now = time.Now
	}
	return checker, nil
}

// Close closes the connections. Requests under way end by themselves, within the
// timeout.
func (c *Checker) Close() { c.client.CloseIdleConnections() }

// Check reports whether the user is there and active. An error means that nobody knows;
// it says why, and what to do about it. Check waits for the answer even if the client
// has gone, since others may wait for the same one.
func (c *Checker) Check(ctx context.Context, user string) (active bool, err error) {
	if c.active.has(user, c.now()) {
		c.metrics.count(resultActive)
		return true, nil
	}
	shared, _, _ := c.flights.Do(user, func() (any, error) {
		return c.question(ctx, user), nil
	})
	a := shared.(answer)
	c.metrics.count(a.result)
	return a.result == resultActive, a.err
}

// Probe asks about a user whom no backend has, and remembers nothing.
func (c *Checker) Probe(ctx context.Context) (active bool, err error) {
	// SimpleJWT looks for no user whose id is 0, and the keys of Django's tables begin
	// at 1. To a view whose ids are texts or UUIDs it is a text like any other.
	a := c.question(ctx, "0")
	return a.result == resultActive, a.err
}

// answer is what became of a question.
type answer struct {
	result result
	err    error // nil for resultActive and resultRefused
}

// question asks about one user, as soon as not too many requests are under way.
func (c *Checker) question(ctx context.Context, user string) answer {
	url, err := c.url.fill(user)
	if err != nil {
		return answer{resultBadID, err}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.timeout)
	defer cancel()
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-ctx.Done():
		return answer{resultBusy, fmt.Errorf("max_in_flight %d requests were under way for %s: look why the backend is slow, or write a higher number",
			cap(c.slots), c.timeout)}
	}
	asked := c.now()
	began := time.Now()
	a := c.ask(ctx, url)
	c.metrics.duration.Observe(time.Since(began).Seconds())
	if a.result == resultActive {
		c.active.note(user, asked)
	}
	return a
}
