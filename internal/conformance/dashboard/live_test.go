// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"cmp"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// shown are lines that each panel has under the traffic of the test. Those with a value
// have had that value at some time.
var shown = map[string][]string{
	"Refreshes by outcome": {
		"rotated", "replayed", "straggler", "reused", "blacklisted", "expired", "invalid", "wrong_type", "bad_request", "store_error", "issued",
	},
	"Requests to the other endpoints": {"verify: verified", "blacklist: revoked"},
	"Requests answered with 503":      {"site api = 0", "site shop"},
	"Refusals beside the week before": {"expired", "invalid", "reused", "expired, a week before", "invalid, a week before"},
	"Repeated tokens":                 {"replayed", "straggler", "reused"},
	"Time of an answer":               {"refresh, median", "refresh, 99%", "verify, 99%", "blacklist, 99%"},
	"Ready edges, and stores that can spend tokens": {
		"file of site api = 1", "redis of site shop = 1", "redis of site shop = 0", "site api is ready = 1", "site shop is ready = 1",
	},
	"Time of the store, 99%":                           {"file: spend", "redis: spend", "file: revoke", "redis: check"},
	"Errors of the store":                              {"file of site api = 0", "redis of site shop"},
	"Sessions that the store forgot":                   {"file of site api = 0", "redis of site shop"},
	"Clock of the store":                               {"file of site api, edge-1", "redis of site shop, edge-1"},
	"Redis may drop records":                           {"site shop = 0", "site shop = 1"},
	"Size of the file store":                           {"site api, edge-1"},
	"Records in the file store":                        {"site api, edge-1"},
	"Age of the keys at jwk_url":                       {"site partner, edge-1"},
	"Fetches of jwk_url":                               {"site partner: updated"},
	"Rollout: the backend's answers beside the edge's": {"site rolled: same"},
	"Refusals that the backend was asked to word":      {"site translated: refused"},
	"Checks of users":                                  {"site checked: active"},
	"Time of a check of a user":                        {"site checked, median", "site checked, 99%"},
}

// alerts are those that the traffic causes, and how far they come in a short time.
var alerts = map[string]string{
	"TokenRefreshStoreDown":             "pending",
	"TokenRefreshUnavailable":           "pending",
	"TokenRefreshStoreEvicts":           "pending",
	"TokenRefreshStoreForgot":           "firing",
	"TokenRefreshReuse":                 "firing",
	"TokenRefreshRefusalsAboveLastWeek": "pending",
}

// TestDashboard: each query of the dashboard and each recording rule returns data, and
// the alerts see what happens, on a Prometheus that scrapes an edge under traffic whose
// Redis loses its data in the middle. Guards the dashboard and the rules against a
// metric or a label that is renamed.
func TestDashboard(t *testing.T) {
	server := redistest.Start(t)
	edge := startEdge(t, server.Addr)
	p := startPrometheus(t, "127.0.0.1:"+edge.Value("portadmin"))
	p.sees("caddy_token_refresh_requests_total")
	startTraffic(t, edge)
	// Each state lasts until Prometheus has seen it, however slow the machine is.
	length := duration(t)
	time.Sleep(length / 2)
	server.Stop()
	time.Sleep(length / 4)
	p.sees(`caddy_token_refresh_store_up{name="shop"} == 0`)
	p.sees(`ALERTS{alertname="TokenRefreshStoreDown",alertstate="pending"}`)
	server.Launch()
	server.Do("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
	p.sees(`ALERTS{alertname="TokenRefreshStoreEvicts",alertstate="pending"}`)
	time.Sleep(length / 8) // so that the picture shows it
	server.Do("CONFIG", "SET", "maxmemory-policy", "noeviction")
	time.Sleep(length / 4)

	panels := readPanels(t)
	for _, shownBy := range panels {
		p.await(&shownBy)
	}
	if len(panels) != len(shown) {
		t.Errorf("the dashboard has %d panels, and the test knows %d", len(panels), len(shown))
	}
	for _, name := range records(t) {
		p.sees(name)
	}
	for name, state := range alerts {
		p.sees(fmt.Sprintf("ALERTS{alertname=%q,alertstate=%q}", name, state))
	}
	if got := p.ask(`ALERTS{alertname=~"TokenRefreshNotScraped|TokenRefreshClockOffset|TokenRefreshJWKSOld|TokenRefreshFileStoreLarge",alertstate="firing"}`); got != nil {
		t.Errorf("for no reason: %v", got)
	}
	writeData(t, p, panels)
}

// duration is how long the traffic lasts before the queries are tried.
func duration(t *testing.T) time.Duration {
	t.Helper()
	seconds, err := strconv.Atoi(cmp.Or(os.Getenv("DASHBOARD_SECONDS"), "8"))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(seconds) * time.Second
}

// await waits until a panel shows what it has to, each of its queries something.
func (p *prometheus) await(of *panel) {
	p.t.Helper()
	want, known := shown[of.Title]
	if !known {
		p.t.Errorf("the test does not know the panel %q: say in shown what it has to show", of.Title)
	}
	for _, target := range of.Targets {
		p.sees(target.query())
	}
	for _, one := range want {
		legend, text, valued := strings.Cut(one, " = ")
		p.eventually(of.Title+" shows "+one, func() bool {
			drawn := p.lines(of)[legend]
			if !valued {
				return slices.ContainsFunc(drawn.Points, func(at [2]float64) bool { return at[1] != 0 })
			}
			value, err := strconv.ParseFloat(text, 64)
			return err == nil && slices.ContainsFunc(drawn.Points, func(at [2]float64) bool { return at[1] == value })
		})
	}
}

// sees waits until a query has returned something for some second since the start.
func (p *prometheus) sees(query string) {
	p.t.Helper()
	p.eventually(query, func() bool { return len(p.ask(query)) > 0 })
}

// eventually waits until something is so.
func (p *prometheus) eventually(what string, is func() bool) {
	p.t.Helper()
	for end := time.Now().Add(redistest.Patience); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			p.t.Errorf("not within %v: %s", redistest.Patience, what)
			return
		}
	}
}

// records returns the names of all recording rules.
func records(t *testing.T) (names []string) {
	t.Helper()
	text, err := os.ReadFile(deploy + "/prometheus/rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`- record: (\S+)`).FindAllStringSubmatch(string(text), -1) {
		names = append(names, m[1])
	}
	if len(names) < 5 {
		t.Errorf("%d recording rules are found, want at least 5", len(names))
	}
	return names
}
