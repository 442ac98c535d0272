// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"slices"
)

// row is a line of the table.
type row struct {
	what, beside string
	target       float64
	atMost       bool // the target is an upper bound, not a lower one
	noTarget     bool // the figure is for information
	unit         string
	values       []float64
}

func printTable(out io.Writer, rows []row) {
	fmt.Fprintln(out, "| what | beside | target | median | spread | n | |")
	fmt.Fprintln(out, "|---|---|---|---|---|---|---|")
	for _, r := range rows {
		fmt.Fprintln(out, r)
	}
}

// String returns the row as Markdown.
func (r row) String() string {
	bound, verdict := "at least", "met"
	if r.atMost {
		bound = "at most"
	}
	m := median(r.values)
	target := fmt.Sprintf("%s %.4g%s", bound, r.target, r.unit)
	if (r.atMost && m > r.target) || (!r.atMost && m < r.target) {
		verdict = "**missed**"
	}
	if r.noTarget {
		target, verdict = "", ""
	}
	return fmt.Sprintf("| %s | %s | %s | %s%s | %s – %s | %d | %s |",
		r.what, r.beside, target, figure(m), r.unit,
		figure(slices.Min(r.values)), figure(slices.Max(r.values)), len(r.values), verdict)
}

// figure spells a value with three digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 0.1 || v == 0:
		return fmt.Sprintf("%.2f", v)
	default:
		return fmt.Sprintf("%.2g", v)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}
