// SPDX-License-Identifier: Apache-2.0

// Package dashboard runs what deploy/ has for Prometheus and Grafana: the unit tests of
// the rules by promtool, and each query of the dashboard against a Prometheus that
// scrapes an edge under traffic. What it needs (prometheus with promtool, redis-server)
// has the build tag conformance.
//
// DASHBOARD_OUT names a file that gets the data of all panels, and DASHBOARD_SECONDS
// is how long the traffic lasts for it. `make dashboard` draws docs/dashboard.svg from
// that file.
package dashboard
