// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"sync"
	"time"
)

// Clock stands still until a test moves it. If a store takes its time from Now, and
// Advance is its [Opener.Advance], the suite also tests what takes days.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that says now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
