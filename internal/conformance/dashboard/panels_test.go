// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// panel is one of the dashboard, as Grafana's JSON has it.
type panel struct {
	Title       string
	FieldConfig struct {
		Defaults struct {
			Unit   string
			Custom struct{ Stacking *struct{ Mode string } }
		}
	}
	Targets []target
}

type target struct {
	Expr         string
	LegendFormat string
}

func readPanels(t *testing.T) []panel {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, "grafana", "dashboard.json"))
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	return dashboard.Panels
}

// query returns the target's expression as Grafana sends it, with the sites of the test
// chosen.
func (g *target) query() string {
	return strings.NewReplacer("$job", "edge", "$name", names, "$__rate_interval", "10s").Replace(g.Expr)
}

var label = regexp.MustCompile(`{{(\w+)}}`)

// legend returns what Grafana writes beside a line.
func (g *target) legend(labels map[string]string) string {
	return label.ReplaceAllStringFunc(g.LegendFormat, func(s string) string { return labels[strings.Trim(s, "{}")] })
}

// line is one line of a drawn panel.
type line struct {
	Legend string       `json:"legend"`
	Points [][2]float64 `json:"points"` // seconds since the start, value
}

// lines asks for all that a panel shows, by legend.
func (p *prometheus) lines(shown *panel) map[string]line {
	p.t.Helper()
	all := map[string]line{}
	for _, target := range shown.Targets {
		for _, s := range p.ask(target.query()) {
			l := line{Legend: target.legend(s.labels)}
			for _, point := range s.points {
				l.Points = append(l.Points, [2]float64{point.at - float64(p.began.Unix()), point.value})
			}
			all[l.Legend] = l
		}
	}
	return all
}
