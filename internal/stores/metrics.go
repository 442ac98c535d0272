// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"context"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// The counters live as long as the process, so that they survive reloads.
var (
	durationSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_duration_seconds",
		Help:      "Time that the store took, by operation.",
		Buckets:   []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1},
	}, []string{"name", "store", "operation"})

	errorsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_errors_total",
		Help:      "Operations that the store could not carry out.",
	}, []string{"name", "store"})

	forgotTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_forgot_total",
		Help:      "Tokens of sessions that must have rotated before and that the store knows nothing of: it lost data.",
	}, []string{"name", "store"})

	clockOffset = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "store_clock_offset_seconds",
		Help:      "How far the store's clock is ahead of this machine's.",
	}, []string{"name", "store"})
)

// Collectors returns what a metrics registry has to collect for the stores.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{durationSeconds, errorsTotal, forgotTotal, clockOffset, storesUp{}}
}

// storeUp is 1 while the store would let a token be spent.
var storeUp = prometheus.NewDesc("caddy_token_refresh_store_up",
	"1 if the store can spend tokens, else 0.", []string{"name", "store"}, nil)

// storesUp asks the stores when metrics are collected, so that a store is reported as
// down even if no request has used it since it broke.
type storesUp struct{}

// Describe implements [prometheus.Collector].
func (storesUp) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- storeUp }

// Collect implements [prometheus.Collector]. If several stores have one kind and name,
// it reports them as down if one of them is.
func (storesUp) Collect(metrics chan<- prometheus.Metric) {
	type labels struct{ name, kind string }
	var (
		mu     sync.Mutex
		up     = make(map[labels]float64)
		asking sync.WaitGroup
	)
	for _, name := range Names() {
		for _, m := range Named(name) {
			asking.Go(func() {
				s := m.Look(context.Background(), maxScrape)
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
