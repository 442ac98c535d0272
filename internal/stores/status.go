// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// maxScrape is how long a scrape of the metrics waits for a store.
const maxScrape = 5 * time.Second

// Look asks the store for its status, and records its clock. It waits for the store's
// timeout, and no longer than atMost.
func (m *Monitored) Look(ctx context.Context, atMost time.Duration) store.Status {
	ctx, cancel := context.WithTimeout(ctx, min(m.Traits().Timeout, atMost))
	defer cancel()
	s := m.Status(ctx)
	if s.Up {
		m.noteAnswer()
	}
	if !s.Now.IsZero() {
		m.compare(s.Now, time.Now())
	}
	return s
}

const (
	startLooks = 4 // at the store after the start, before the operator is told that it is down
	lookPause  = time.Second
)

// LookAtStart logs once that the store cannot be used, so that an operator knows before
// the first client does. It looks a few times, since a server may need a moment before
// one can log in.
func (m *Monitored) LookAtStart(ctx context.Context) {
	var s store.Status
	for look := range startLooks {
		if look > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookPause):
			}
		}
		if s = m.Look(ctx, maxScrape); s.Up || ctx.Err() != nil {
			return
		}
	}
	m.logger.Error("the store cannot be used; requests that need it are answered with 503 until it can",
		zap.String("name", m.Name), zap.String("store", s.Kind), zap.String("error", s.LastError))
}
