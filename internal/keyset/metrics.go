// SPDX-License-Identifier: Apache-2.0

package keyset

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddyrefresh/caddyrefresh/internal/jwks"
)

// fetchesTotal lives as long as the process, so that it survives reloads.
var fetchesTotal = prometheus.NewCounterVec(prometheus.CounterOpts{
	Namespace: "caddy",
	Subsystem: "token_refresh",
	Name:      "jwks_fetches_total",
	Help:      "Fetches of jwk_url, by result.",
}, []string{"name", "result"})

// newFetches returns the counters of the set with that name, one for each result. All are
// made before the first fetch: Prometheus sees no increase in a series that begins at 1.
func newFetches(name string) map[jwks.Result]prometheus.Counter {
	fetches := make(map[jwks.Result]prometheus.Counter, len(jwks.Results))
	for _, result := range jwks.Results {
		fetches[result] = fetchesTotal.WithLabelValues(name, string(result))
	}
	return fetches
}

// Collectors returns what a metrics registry has to collect for the sets.
func Collectors() []prometheus.Collector {
	return []prometheus.Collector{fetchesTotal, ages{}}
}

var age = prometheus.NewDesc("caddy_token_refresh_jwks_age_seconds",
	"Time since the keys at jwk_url were last confirmed; absent before the first time.", []string{"name"}, nil)

// ages collects the ages of the sets in use.
type ages struct{}

// Describe implements [prometheus.Collector].
func (ages) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- age }

// Collect implements [prometheus.Collector]. If several sets have one name, it reports
// the oldest.
func (ages) Collect(metrics chan<- prometheus.Metric) {
	oldest := make(map[string]float64)
	sets.Range(func(_, value any) bool {
		set := value.(*Set)
		if status := set.remote.Status(); status.Fetched {
			oldest[set.name] = max(oldest[set.name], status.Age.Seconds())
		}
		return true
	})
	for name, seconds := range oldest {
		metrics <- prometheus.MustNewConstMetric(age, prometheus.GaugeValue, seconds, name)
	}
}
