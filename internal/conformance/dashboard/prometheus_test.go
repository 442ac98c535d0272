// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// prometheus is a running Prometheus that scrapes an edge once a second.
type prometheus struct {
	t     *testing.T
	addr  string
	began time.Time
}

// startPrometheus runs a Prometheus with our rules and a week of history.
func startPrometheus(t *testing.T, admin string) *prometheus {
	t.Helper()
	dir := t.TempDir()
	rules, err := filepath.Abs(filepath.Join(deploy, "prometheus", "rules.yml"))
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files:
  - %q
scrape_configs:
  - job_name: edge
    static_configs:
      - targets: [%q]
        labels:
          instance: edge-1
`, rules, admin)
	file, data := filepath.Join(dir, "prometheus.yml"), filepath.Join(dir, "data")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	lastWeek := filepath.Join(dir, "lastweek.txt")
	if err := os.WriteFile(lastWeek, []byte(weekBefore(began)), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "tsdb", "create-blocks-from", "openmetrics", lastWeek, data)
	addr, err := freeport.Addr()
	if err != nil {
		t.Fatal(err)
	}
	server, err := conformance.Start(exec.Command("prometheus", "--config.file="+file, "--storage.tsdb.path="+data,
		"--storage.tsdb.retention.time=30d", "--web.listen-address="+addr, "--log.level=warn"), addr)
	if err != nil {
		t.Fatalf("starting prometheus (Debian's package of that name has it): %v", err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	p := &prometheus{t, addr, began}
	p.eventually("prometheus is ready", func() bool {
		res, err := http.Get("http://" + addr + "/-/ready")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	return p
}

// weekBefore returns what the rules recorded a week ago, as OpenMetrics: for an hour, so
// that the longest run is covered.
func weekBefore(now time.Time) string {
	const record = "job_name_endpoint_outcome:caddy_token_refresh_requests:rate30m"
	var text strings.Builder
	fmt.Fprintf(&text, "# TYPE %s gauge\n", record)
	for outcome, rate := range map[string]float64{"rotated": 80, "expired": 9, "invalid": 2} {
		for at := -time.Minute; at < time.Hour; at += 5 * time.Second {
			value := rate * (1 + 0.1*math.Sin(at.Seconds()/20+rate))
			fmt.Fprintf(&text, "%s{job=\"edge\",name=\"api\",endpoint=\"refresh\",outcome=%q} %.4f %d\n",
				record, outcome, value, now.Add(at-7*24*time.Hour).Unix())
		}
	}
	return text.String() + "# EOF\n"
}

// series is what a query returned for one set of labels.
type series struct {
	labels map[string]string
	points []point
}

type point struct {
	at, value float64 // at is in seconds since 1970
}

// ask runs a query for each second from the start to now. It returns finite values only.
func (p *prometheus) ask(query string) []series {
	p.t.Helper()
	res, err := http.PostForm("http://"+p.addr+"/api/v1/query_range", url.Values{
		"query": {query}, "start": {stamp(p.began)}, "end": {stamp(time.Now())}, "step": {"1"},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct {
		Status, Error string
		Data          struct {
			Result []struct {
				Metric map[string]string
				Values [][2]any
			}
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Status != "success" {
		p.t.Fatalf("%s: %v %s", query, err, answer.Error)
	}
	var found []series
	for _, r := range answer.Data.Result {
		s := series{labels: r.Metric}
		for _, v := range r.Values {
			value, err := strconv.ParseFloat(v[1].(string), 64)
			if err == nil && !math.IsNaN(value) && !math.IsInf(value, 0) {
				s.points = append(s.points, point{v[0].(float64), value})
			}
		}
		if len(s.points) > 0 {
			found = append(found, s)
		}
	}
	return found
}

func stamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }
