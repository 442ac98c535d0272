// SPDX-License-Identifier: Apache-2.0

// Command dashboard draws the panels of deploy/grafana/dashboard.json into one picture,
// from the data that the test of internal/conformance/dashboard wrote. It has a module
// of its own, so that users do not get the plotting library.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: dashboard <data.json> <picture.svg>")
		os.Exit(2)
	}
	if err := draw(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "dashboard:", err)
		os.Exit(1)
	}
}

// panel is what one panel shows. Points are seconds since the start, and a value.
type panel struct {
	Title   string `json:"title"`
	Unit    string `json:"unit"`
	Stacked bool   `json:"stacked"`
	Lines   []line `json:"lines"`
}

type line struct {
	Legend string       `json:"legend"`
	Points [][2]float64 `json:"points"`
}

func draw(data, picture string) error {
	text, err := os.ReadFile(data)
	if err != nil {
		return err
	}
	var panels []panel
	if err := json.Unmarshal(text, &panels); err != nil {
		return fmt.Errorf("%s: %w", data, err)
	}
	svg, err := sheet(panels)
	if err != nil {
		return err
	}
	return os.WriteFile(picture, svg, 0o644) //nolint:gosec // a page of the documentation
}
