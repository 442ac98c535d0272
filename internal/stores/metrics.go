// SPDX-License-Identifier: Apache-2.0

package stores

import "github.com/prometheus/client_golang/prometheus"

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
	return []prometheus.Collector{durationSeconds, errorsTotal, forgotTotal, clockOffset, states{}}
}

// Of the status of the stores.
var (
	storeUp = prometheus.NewDesc("caddy_token_refresh_store_up",
		"1 if the store can spend tokens, else 0.", []string{"name", "store"}, nil)

	storeEntries = prometheus.NewDesc("caddy_token_refresh_store_entries",
		"Records in the store, of all names; absent for a store that cannot count them.", []string{"name", "store"}, nil)

	storeSize = prometheus.NewDesc("caddy_token_refresh_store_size_bytes",
		"Space that the records take on this machine's disk; absent for a store that keeps none there.", []string{"name", "store"}, nil)

	storeEvicts = prometheus.NewDesc("caddy_token_refresh_store_evicts",
		"1 if the store may drop records of spent tokens when its memory is full, 0 if not; absent where that is not known.", []string{"name", "store"}, nil)
)
