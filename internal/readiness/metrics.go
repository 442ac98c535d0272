// SPDX-License-Identifier: Apache-2.0

package readiness

import "github.com/prometheus/client_golang/prometheus"

// Collectors returns what a metrics registry has to collect for readiness.
func Collectors() []prometheus.Collector { return []prometheus.Collector{gauges{}} }

var gauge = prometheus.NewDesc("caddy_token_refresh_ready",
	"1 once everything that the sites of the name need has answered since the start, else 0.", []string{"name"}, nil)

// gauges collects whether sites are ready. It asks no store: the collector of
// caddy_token_refresh_store_up does.
type gauges struct{}

// Describe implements [prometheus.Collector].
func (gauges) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- gauge }

// Collect implements [prometheus.Collector]. If several sites have one name, they are
// ready together.
func (gauges) Collect(metrics chan<- prometheus.Metric) {
	ready := make(map[string]bool)
	for _, s := range all() {
		before, known := ready[s.Name]
		ready[s.Name] = s.ready() && (before || !known)
	}
	for name, is := range ready {
		value := 0.0
		if is {
			value = 1
		}
		metrics <- prometheus.MustNewConstMetric(gauge, prometheus.GaugeValue, value, name)
	}
}
