// SPDX-License-Identifier: Apache-2.0

package usercheck

import "github.com/prometheus/client_golang/prometheus"

// result is what became of a question, in the words of the metrics.
type result uint8

const (
	resultActive      result = iota // the user is active, by an answer or by the memory
	resultRefused                   // the user is missing or inactive
	resultBadAnswer                 // a status that says neither
	resultUnreachable               // no answer
	resultBusy                      // too many requests were under way
	resultBadID                     // the URL cannot name the user
)

var results = [...]string{
	resultActive: "active", resultRefused: "refused", resultBadAnswer: "bad_answer",
	resultUnreachable: "unreachable", resultBusy: "busy", resultBadID: "bad_id",
}

// The collectors live as long as the process, so that they survive reloads.
var (
	checksTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "user_checks_total",
		Help:      "Refreshes whose user was looked up at user_check, by result.",
	}, []string{"name", "result"})

	durationSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "caddy",
		Subsystem: "token_refresh",
		Name:      "user_check_duration_seconds",
		Help:      "Time that a request to user_check took. Refreshes of one user at the same time share one.",
		Buckets:   []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, []string{"name"})
)

// Collectors returns what a metrics registry has to collect for the checks.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{checksTotal, durationSeconds}
}

// metrics are the series of one Checker.
type metrics struct {
	checks   [len(results)]prometheus.Counter
	duration prometheus.Observer
}

func newMetrics(name string) *metrics {
	m := &metrics{duration: durationSeconds.WithLabelValues(name)}
	for i, r := range results {
		m.checks[i] = checksTotal.WithLabelValues(name, r)
	}
	return m
}

func (m *metrics) count(r result) { m.checks[r].Inc() }
