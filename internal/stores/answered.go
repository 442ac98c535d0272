// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"context"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// probeAge is how old the answer of a probe may be. Anyone can ask whether a site is
// ready, and must not cause a question to the store each time.
const probeAge = time.Second

// probes are the questions to a store about its state that several callers share.
type probes struct {
	flights singleflight.Group
	last    atomic.Pointer[probe]
}

// probe is what a store said of itself at a time.
type probe struct {
	status store.Status
	at     time.Time
}

// Probe is [Monitored.Look] for callers that anyone can send: it asks the store at most
// once a second, however many ask.
func (m *Monitored) Probe(ctx context.Context) store.Status {
	if last := m.probes.last.Load(); last != nil && time.Since(last.at) < probeAge {
		return last.status
	}
	// The question goes on when its caller leaves, since others may wait for it.
	asked := m.probes.flights.DoChan("", func() (any, error) {
		s := m.Look(context.WithoutCancel(ctx), maxScrape)
		m.probes.last.Store(&probe{s, time.Now()})
		return s, nil
	})
	select {
	case result := <-asked:
		return result.Val.(store.Status)
	case <-ctx.Done():
		return store.Status{Kind: m.Traits().Kind}
	}
}

// Answered reports whether the store has answered since it came into use. Handlers and
// reloads that share the store share this.
func (m *Monitored) Answered() bool { return m.answered.Load() }

// noteAnswer notes that the store has answered. Almost always that is known, so the flag
// is only read: requests on other cores then need not fetch it anew.
func (m *Monitored) noteAnswer() {
	if !m.answered.Load() {
		m.answered.Store(true)
	}
}
