// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// storeUp is 1 while the store would let a token be spent.
var storeUp = prometheus.NewDesc("caddy_token_refresh_store_up",
	"1 if the store would let a token be spent, else 0.", []string{"name", "store"}, nil)

// maxScrape is how long a scrape waits for a store.
const maxScrape = 5 * time.Second

// storesUp asks the stores when metrics are collected: a store that was not
// asked since it broke is down all the same.
type storesUp struct{}

// Describe implements [prometheus.Collector].
func (storesUp) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- storeUp }

// Collect implements [prometheus.Collector]. Of several stores of one kind under
// one name the one that is down counts.
func (storesUp) Collect(metrics chan<- prometheus.Metric) {
	type labels struct{ name, kind string }
	var (
		mu     sync.Mutex
		up     = make(map[labels]float64)
		asking sync.WaitGroup
	)
	for _, name := range memberNames() {
		for _, m := range storesOf(name) {
			asking.Go(func() {
				s := m.status(context.Background(), maxScrape)
				mu.Lock()
				defer mu.Unlock()
				at, value := labels{name, m.Traits().Kind}, 0.0
				if s.Up {
					value = 1
				}
				if was, ok := up[at]; !ok || value < was {
					up[at] = value
				}
			})
		}
	}
	asking.Wait()
	for at, value := range up {
		metrics <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, value, at.name, at.kind)
	}
}

// status asks the store how it fares, and takes note of its clock.
func (m *monitoredStore) status(ctx context.Context, atMost time.Duration) store.Status {
	ctx, cancel := context.WithTimeout(ctx, min(m.Traits().Timeout, atMost))
	defer cancel()
	s := m.Status(ctx)
	if !s.Now.IsZero() {
		m.compare(s.Now, time.Now())
	}
	return s
}

const (
	startLooks = 4 // at the store after the start, before it is told that it is down
	lookPause  = time.Second
)

// lookAtStart tells an operator once that the store cannot be used. A server that
// takes a moment to log in to is given it.
func (m *monitoredStore) lookAtStart(ctx context.Context, name string) {
	var s store.Status
	for look := range startLooks {
		if look > 0 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(lookPause):
			}
		}
		if s = m.status(ctx, maxScrape); s.Up || ctx.Err() != nil {
			return
		}
	}
	m.logger.Error("the store cannot be used; requests that need it are answered with 503 until it can",
		zap.String("name", name), zap.String("store", s.Kind), zap.String("error", s.LastError))
}
