// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
)

// inUnit writes a value in one of Grafana's units.
func inUnit(v float64, unit string) string {
	switch unit {
	case "percentunit":
		return short(100*v) + "%"
	case "reqps", "ops":
		return short(v) + "/s"
	case "bytes":
		return short(v/1e3) + " kB"
	case "s":
		switch size := math.Abs(v); {
		case v == 0:
			return "0 s"
		case size < 1e-3:
			return short(1e6*v) + " µs"
		case size < 1:
			return short(1e3*v) + " ms"
		}
		return short(v) + " s"
	}
	return short(v)
}

// short writes three digits, without an exponent.
func short(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	if err != nil {
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// clock writes seconds since the start.
func clock(seconds float64) string {
	return fmt.Sprintf("%d:%02d", int(seconds)/60, int(seconds)%60)
}

// ticks marks the multiples of the smallest step that leads to few of them.
type ticks struct {
	steps []float64
	words func(float64) string
}

// Ticks implements plot.Ticker.
func (t ticks) Ticks(low, high float64) (marks []plot.Tick) {
	step := t.steps[0]
	for _, step = range t.steps {
		if (high-low)/step <= 6 {
			break
		}
	}
	for n := math.Ceil(low / step); n*step <= high; n++ {
		marks = append(marks, plot.Tick{Value: n * step, Label: t.words(n * step)})
	}
	return marks
}

// steps are round ones for a range of values.
func steps(size float64) []float64 {
	ten := math.Pow(10, math.Floor(math.Log10(size))-1)
	return []float64{ten, 2 * ten, 5 * ten, 10 * ten, 20 * ten, 50 * ten}
}
