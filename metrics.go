// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The collectors live as long as the process, so that counters survive reloads;
// each configuration has a registry of its own and registers them again.
var (
	requestsTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "requests_total",
		Help:      "Requests to a token endpoint, by what became of them.",
	}, []string{"name", "endpoint", "outcome"})

	durationSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "duration_seconds",
		Help:      "Time from the head of a request to the end of its answer.",
		Buckets:   []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
	}, []string{"name", "endpoint"})

	keyFetchesTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "jwks_fetches_total",
		Help:      "Fetches of jwk_url, by how they ended.",
	}, []string{"name", "result"})
)

func registerMetrics(registry *prometheus.Registry) error {
	for _, collector := range []prometheus.Collector{
		requestsTotal, durationSeconds, keyFetchesTotal,
		keySetAges{},
		storeSeconds, storeErrorsTotal, storeForgotTotal, storeClockOffset,
		storesUp{},
	} {
		err := registry.Register(collector)
		if _, again := errors.AsType[prometheus.AlreadyRegisteredError](err); err != nil && !again {
			return fmt.Errorf("registering metrics: %w", err)
		}
	}
	return nil
}

// endpointMetrics are the series of one endpoint, looked up once.
type endpointMetrics struct {
	requests [len(outcomes)]prometheus.Counter
	duration prometheus.Observer
}

func newEndpointMetrics(name, endpoint string) *endpointMetrics {
	m := &endpointMetrics{duration: durationSeconds.WithLabelValues(name, endpoint)}
	for i, outcome := range outcomes {
		m.requests[i] = requestsTotal.WithLabelValues(name, endpoint, outcome.name)
	}
	return m
}

func (m *endpointMetrics) observe(o outcome, took time.Duration) {
	m.requests[o].Inc()
	m.duration.Observe(took.Seconds())
}

var keySetAge = prometheus.NewDesc("caddy_token_refresh_jwks_age_seconds",
	"Time since the keys at jwk_url were last confirmed; absent before the first time.", []string{"name"}, nil)

// keySetAges collects the ages of the sets in use.
type keySetAges struct{}

// Describe implements [prometheus.Collector].
func (keySetAges) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- keySetAge }

// Collect implements [prometheus.Collector]. Of several sets under one name the
// oldest counts.
func (keySetAges) Collect(metrics chan<- prometheus.Metric) {
	oldest := make(map[string]float64)
	keySets.Range(func(_, value any) bool {
		set := value.(*keySet)
		if status := set.remote.Status(); status.Fetched {
			oldest[set.name] = max(oldest[set.name], status.Age.Seconds())
		}
		return true
	})
	for name, age := range oldest {
		metrics <- prometheus.MustNewConstMetric(keySetAge, prometheus.GaugeValue, age, name)
	}
}
