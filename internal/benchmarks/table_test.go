// SPDX-License-Identifier: Apache-2.0

package main

import "testing"

func TestRow(t *testing.T) {
	for _, tt := range []struct {
		row  row
		want string
	}{
		{
			row{what: "a", beside: "b", target: 0.9, values: []float64{1, 0.8, 0.904}},
			"| a | b | at least 0.9 | 0.90 | 0.80 – 1.00 | 3 | met |",
		},
		{
			row{what: "a", beside: "b", target: 0.92, values: []float64{0.9, 0.91, 0.5, 1}},
			"| a | b | at least 0.92 | 0.91 | 0.50 – 1.00 | 4 | **missed** |",
		},
		{
			row{what: "a", beside: "b", target: 50, atMost: true, unit: " ns", values: []float64{51.5, 120}},
			"| a | b | at most 50 ns | 85.8 ns | 51.5 – 120 | 2 | **missed** |",
		},
	} {
		if got := tt.row.String(); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}

// TestProcessorTime guards the position of the two numbers: the name of a command
// may hold spaces and parentheses.
func TestProcessorTime(t *testing.T) {
	const stat = "42 (a) b) S 1 42 42 0 -1 4194560 900 0 1 0 150 25 7 8 20 0 9 0 12345 0 0"
	if got, err := processorTime(stat); err != nil || got != 1.75 {
		t.Errorf("%v, %v, want 1.75 s", got, err)
	}
	if _, err := processorTime("42 (a) S 1"); err == nil {
		t.Error("a short line was accepted")
	}
}

func TestParseBench(t *testing.T) {
	const output = "goos: linux\nBenchmarkPassThrough/GET-2   \t  100\t        41.5 ns/op\t       8 B/op\t       1 allocs/op\nPASS\n"
	got, err := parseBench(output)
	if want := (result{nanoseconds: 41.5, allocations: 1}); err != nil || got["PassThrough/GET"] != want {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	if _, err := parseBench("PASS\n"); err == nil {
		t.Error("output without a benchmark was accepted")
	}
}
