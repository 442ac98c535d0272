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
	if (r.atMost && m > r.target) || (!r.atMost && m < r.target) {
		verdict = "**missed**"
	}
	return fmt.Sprintf("| %s | %s | %s %.4g%s | %s%s | %s – %s | %d | %s |",
		r.what, r.beside, bound, r.target, r.unit, figure(m), r.unit,
		figure(slices.Min(r.values)), figure(slices.Max(r.values)), len(r.values), verdict)
}

// figure spells a value with three digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
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
