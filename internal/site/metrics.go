// SPDX-License-Identifier: Apache-2.0

package site

import (
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
		Help:      "Requests to a token endpoint, by outcome.",
	}, []string{"name", "endpoint", "outcome"})

	durationSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "duration_seconds",
		Help:      "Time from the headers of a request to the end of its answer.",
		Buckets:   []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5},
	}, []string{"name", "endpoint"})

	comparedTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "compared_total",
		Help:      "Requests that the backend answered during a rollout, by how its answer compares with the edge's.",
	}, []string{"name", "endpoint", "result"})

	referredTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "referred_total",
		Help:      "Refused requests that the backend was asked to refuse in its own words, by what the backend did.",
	}, []string{"name", "endpoint", "result"})
)

// Collectors returns what a metrics registry has to collect for the sites.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{requestsTotal, durationSeconds, comparedTotal, referredTotal}
}

// endpointMetrics are the series of one endpoint, looked up once.
type endpointMetrics struct {
	requests [len(outcomes)]prometheus.Counter
	duration prometheus.Observer
}

func newEndpointMetrics(name, endpoint string, isLogin bool) *endpointMetrics {
	m := &endpointMetrics{duration: durationSeconds.WithLabelValues(name, endpoint)}
	for i, outcome := range outcomes {
		if i >= int(firstOfLogins) && !isLogin {
			break
		}
		m.requests[i] = requestsTotal.WithLabelValues(name, endpoint, outcome.name)
	}
	return m
}

func (m *endpointMetrics) observe(o outcome, took time.Duration) {
	m.requests[o].Inc()
	m.duration.Observe(took.Seconds())
}

// referredMetrics are the series of one endpoint's referrals.
type referredMetrics struct{ refused, accepted, failed prometheus.Counter }

func newReferredMetrics(name, endpoint string) *referredMetrics {
	of := func(result string) prometheus.Counter { return referredTotal.WithLabelValues(name, endpoint, result) }
	return &referredMetrics{refused: of("refused"), accepted: of("accepted"), failed: of("failed")}
}

func (m *referredMetrics) count(h *withholder) {
	switch {
	case h.delivers:
		m.refused.Inc()
	case h.accepted():
		m.accepted.Inc()
	default:
		m.failed.Inc()
	}
}
