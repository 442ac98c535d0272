// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package dashboard

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// drawing is what tools/dashboard draws of a panel.
type drawing struct {
	Title   string `json:"title"`
	Unit    string `json:"unit"`
	Stacked bool   `json:"stacked"`
	Lines   []line `json:"lines"`
}

// writeData writes what all panels show to the file that DASHBOARD_OUT names.
func writeData(t *testing.T, p *prometheus, panels []panel) {
	t.Helper()
	out := os.Getenv("DASHBOARD_OUT")
	if out == "" {
		return
	}
	drawings := make([]drawing, 0, len(panels))
	for _, of := range panels {
		lines := p.lines(&of)
		d := drawing{Title: of.Title, Unit: of.FieldConfig.Defaults.Unit, Stacked: of.FieldConfig.Defaults.Custom.Stacking != nil}
		for _, legend := range slices.Sorted(maps.Keys(lines)) {
			d.Lines = append(d.Lines, lines[legend])
		}
		drawings = append(drawings, d)
	}
	text, err := json.Marshal(drawings)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(out, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
