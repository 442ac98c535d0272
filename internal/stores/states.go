// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// states asks the stores for their status when metrics are collected, so that a store
// is reported as down even if no request has used it since it broke.
type states struct{}

// Describe implements [prometheus.Collector].
func (states) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{storeUp, storeEntries, storeSize, storeEvicts} {
		descriptions <- d
	}
}

// Collect implements [prometheus.Collector].
func (states) Collect(metrics chan<- prometheus.Metric) {
	type labels struct{ name, kind string }
	var (
		mu     sync.Mutex
		seen   = make(map[labels]store.Status)
		asking sync.WaitGroup
	)
	for _, name := range Names() {
		for _, m := range Named(name) {
			asking.Go(func() {
				s := m.Look(context.Background(), maxScrape)
				mu.Lock()
				defer mu.Unlock()
				at := labels{name, m.Traits().Kind}
				if other, ok := seen[at]; ok {
					s = worst(s, other)
				}
				seen[at] = s
			})
		}
	}
	asking.Wait()
	for at, s := range seen {
		gauge := func(d *prometheus.Desc, value float64) {
			metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, at.name, at.kind)
		}
		gauge(storeUp, oneIf(s.Up))
		if s.Entries >= 0 {
			gauge(storeEntries, float64(s.Entries))
		}
		if s.Bytes > 0 {
			gauge(storeSize, float64(s.Bytes))
		}
		if s.Eviction != store.EvictionUnknown {
			gauge(storeEvicts, oneIf(s.Eviction == store.MayEvict))
		}
	}
}

// worst merges what is reported of two stores of one kind and name: an alert has to fire
// if it would for one of them.
func worst(a, b store.Status) store.Status {
	return store.Status{
		Up:       a.Up && b.Up,
		Entries:  max(a.Entries, b.Entries),
		Bytes:    max(a.Bytes, b.Bytes),
		Eviction: max(a.Eviction, b.Eviction),
	}
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
