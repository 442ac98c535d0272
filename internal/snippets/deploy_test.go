// SPDX-License-Identifier: Apache-2.0

package snippets

import (
	"encoding/json"
	"html"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	rulesFile     = "deploy/prometheus/rules.yml"
	dashboardFile = "deploy/grafana/dashboard.json"
	alertsPage    = "docs/operate.md"
)

// expression is a query, and the file that it stands in.
type expression struct{ file, text string }

// expressions returns the queries of the rules and of the dashboard.
func expressions(t *testing.T) (all []expression) {
	t.Helper()
	for _, p := range panels(t) {
		for _, target := range p.Targets {
			all = append(all, expression{dashboardFile, target.Expr})
		}
	}
	rules := read(t, rulesFile)
	for _, m := range regexp.MustCompile(`(?m)^ +expr: (.*\n(?: {10,}.*\n)*)`).FindAllStringSubmatch(rules, -1) {
		all = append(all, expression{rulesFile, m[1]})
	}
	if found, want := len(all), strings.Count(rules, "expr:")+20; found < want {
		t.Errorf("%d queries are found, want at least %d", found, want)
	}
	return all
}

// panel is what a test wants to know of a panel of the dashboard.
type panel struct {
	Title       string
	Description string
	Datasource  struct{ UID string }
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []struct{ Expr string }
}

func panels(t *testing.T) []panel {
	t.Helper()
	var dashboard struct{ Panels []panel }
	if err := json.Unmarshal([]byte(read(t, dashboardFile)), &dashboard); err != nil {
		t.Fatal(err)
	}
	return dashboard.Panels
}

// TestQueries: the rules and the dashboard ask for metrics, labels and outcomes that are
// in the code, and for records that are made. Guards an alert against a metric that is
// renamed: it would be silent for ever.
func TestQueries(t *testing.T) {
	code := metrics(t)
	records := all(`(?m)- record: (\S+)$`, read(t, rulesFile))
	outcomes := all(`\{"(\w+)", zapcore`, read(t, "internal/site/record.go"))
	labels := map[string]bool{"job": true, "instance": true, "le": true} // these are Prometheus' own
	for _, list := range code {
		for label := range strings.SplitSeq(list, ",") {
			labels[label] = true
		}
	}
	asked := map[string]bool{}
	for _, e := range expressions(t) {
		for _, name := range all(`((?:\w+:)?caddy_token_refresh_\w+(?::\w+)?)`, e.text) {
			if strings.Contains(name, ":") {
				if !slices.Contains(records, name) {
					t.Errorf("%s: no rule records %s", e.file, name)
				}
				continue
			}
			name = strings.TrimSuffix(name, "_bucket")
			if asked[name] = true; code[name] == "" {
				t.Errorf("%s: there is no metric %s", e.file, name)
			}
		}
		for _, selector := range all(`(caddy_token_refresh_\w+\{[^}]*\})`, e.text) {
			name, matchers, _ := strings.Cut(strings.TrimSuffix(selector, "}"), "{")
			own := code[strings.TrimSuffix(name, "_bucket")]
			for _, label := range all(`(\w+)(?:=~|!=|=)"`, matchers) {
				if !slices.Contains(strings.Split(own+",job,instance", ","), label) {
					t.Errorf("%s: %s has no label %s", e.file, name, label)
				}
			}
		}
		for _, list := range all(`(?:by|on) \(([^)]+)\)`, e.text) {
			for label := range strings.SplitSeq(list, ", ") {
				if !labels[label] {
					t.Errorf("%s: no metric has a label %s", e.file, label)
				}
			}
		}
		for _, list := range all(`outcome=~?"([^"]*)"`, e.text) {
			for outcome := range strings.SplitSeq(list, "|") {
				if !slices.Contains(outcomes, outcome) {
					t.Errorf("%s: there is no outcome %s", e.file, outcome)
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(code)) {
		if !asked[name] {
			t.Errorf("neither an alert nor a panel asks for %s", name)
		}
	}
}

// TestAlerts: each alert has a section of its own, to which its runbook_url leads, a row
// in the table, and cases in which it fires and does not.
func TestAlerts(t *testing.T) {
	rules, page := read(t, rulesFile), read(t, alertsPage)
	names := all(`(?m)- alert: (\w+)$`, rules)
	if sections := all(`(?m)^### (TokenRefresh\w+)$`, page); !slices.Equal(names, sections) {
		t.Errorf("the alerts are %v, and %s has sections on %v", names, alertsPage, sections)
	}
	if rows := all(`(?m)^\| \[(TokenRefresh\w+)\]`, page); !slices.Equal(names, rows) {
		t.Errorf("the alerts are %v, and the table has %v", names, rows)
	}
	files, err := filepath.Glob(filepath.Join(root, "deploy/prometheus/*_test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var cases strings.Builder
	for _, file := range files {
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		cases.WriteString(read(t, name))
	}
	for _, name := range names {
		_, rule, _ := strings.Cut(rules, "- alert: "+name+"\n")
		rule, _, _ = strings.Cut(rule, "- alert: ")
		for _, part := range []string{"summary: ", "description: ", "severity: ", "runbook_url: https://github.com/caddyrefresh/caddyrefresh/blob/main/" + alertsPage + "#" + strings.ToLower(name) + "\n"} {
			if !strings.Contains(rule, part) {
				t.Errorf("%s has no %s", name, part)
			}
		}
		severity := all(`severity: (\w+)`, rule)
		if !strings.Contains(page, "| ["+name+"](#"+strings.ToLower(name)+") | "+strings.Join(severity, "")+" |") {
			t.Errorf("the table has another severity of %s than the rule: %v", name, severity)
		}
		at := "alertname: " + name + "\n        exp_alerts:"
		if !strings.Contains(cases.String(), at+"\n") {
			t.Errorf("%s fires in no case", name)
		}
		if !strings.Contains(cases.String(), at+" []\n") {
			t.Errorf("%s fires in every case", name)
		}
	}
}

// TestPanels: each panel says in words what it shows, has a unit, asks the data source
// that its reader chose, and is in the picture.
func TestPanels(t *testing.T) {
	picture := html.UnescapeString(read(t, "docs/dashboard.svg"))
	for _, p := range panels(t) {
		if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || p.Datasource.UID != "${datasource}" {
			t.Errorf("%q has the description %q, the unit %q and the data source %q", p.Title, p.Description, p.FieldConfig.Defaults.Unit, p.Datasource.UID)
		}
		if !strings.Contains(picture, ">"+p.Title+"<") {
			t.Errorf("%q is not in docs/dashboard.svg: run make dashboard", p.Title)
		}
	}
	if most := 150 << 10; len(picture) > most {
		t.Errorf("docs/dashboard.svg has %d bytes, want at most %d", len(picture), most)
	}
}
