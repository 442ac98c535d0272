// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// passThrough measures what requests pay that are not ours.
func passThrough(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, ".")
	if err != nil {
		return nil, err
	}
	defer done()
	var rows []row
	for _, kind := range []struct {
		what, benchmark string
		most            float64 // nanoseconds
	}{
		{"pass-through", "PassThrough", 50},
		{"pass-through with `cookies`, none of them ours", "PassThroughCookies", 100},
	} {
		times := row{what: kind.what + ": time", beside: "none", target: kind.most, atMost: true, unit: " ns"}
		allocations := row{what: kind.what + ": allocations", beside: "none", target: 0, atMost: true}
		for range o.pairs {
			results, err := tests.bench(ctx, kind.benchmark)
			if err != nil {
				return nil, err
			}
			var worst result
			for _, r := range results {
				worst = result{max(worst.nanoseconds, r.nanoseconds), max(worst.allocations, r.allocations)}
			}
			times.values = append(times.values, worst.nanoseconds)
			allocations.values = append(allocations.values, worst.allocations)
		}
		rows = append(rows, times, allocations)
	}
	return rows, nil
}

// tokenWork measures verifying and minting, without HTTP.
func tokenWork(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, "./internal/simplejwt")
	if err != nil {
		return nil, err
	}
	defer done()
	const beside = "golang-jwt, parse + sign"
	times := row{what: "verify + mint, HS256: speed", beside: beside, target: 4}
	allocations := row{what: "verify + mint, HS256: allocations", beside: beside, target: 0.25, atMost: true}
	floor := row{what: "verify + mint, HS256: time", beside: "its floor: two HMACs, three passes of base64", target: 1.6, atMost: true}
	names := []string{"Refresh", "GolangJWT", "Floor"}
	for i := range o.pairs {
		results := make(map[string]result)
		for j := range names {
			name := names[(i+j)%len(names)]
			got, err := tests.bench(ctx, name)
			if err != nil {
				return nil, err
			}
			results[name] = got[name]
		}
		ours, theirs, least := results[names[0]], results[names[1]], results[names[2]]
		times.values = append(times.values, theirs.nanoseconds/ours.nanoseconds)
		allocations.values = append(allocations.values, ours.allocations/theirs.allocations)
		floor.values = append(floor.values, ours.nanoseconds/least.nanoseconds)
		progress("verify + mint %.0f ns, %.0f allocations; golang-jwt %.0f ns, %.0f allocations; floor %.0f ns",
			ours.nanoseconds, ours.allocations, theirs.nanoseconds, theirs.allocations, least.nanoseconds)
	}
	return []row{times, allocations, floor}, nil
}

// testBinary is a package's compiled tests, to be run in the package's folder.
type testBinary struct{ file, folder string }

// compileTests compiles the tests of a package; done deletes them.
func compileTests(ctx context.Context, pkg string, flags ...string) (tests testBinary, done func(), err error) {
	dir, err := os.MkdirTemp("", "benchmark")
	if err != nil {
		return testBinary{}, nil, err
	}
	done = func() { os.RemoveAll(dir) }
	file := filepath.Join(dir, "tests")
	args := append([]string{"test", "-c", "-o", file}, append(flags, pkg)...)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		done()
		return testBinary{}, nil, fmt.Errorf("compiling the tests of %s: %w\n%s", pkg, err, out)
	}
	return testBinary{file, pkg}, done, nil
}

// result is what a Go benchmark says of one operation.
type result struct{ nanoseconds, allocations float64 }

// bench runs one benchmark, with its parts, and returns the results by name.
func (t testBinary) bench(ctx context.Context, name string) (map[string]result, error) {
	cmd := exec.CommandContext(ctx, t.file, "-test.run", "^$", "-test.bench", "^Benchmark"+name+"$",
		"-test.benchmem", "-test.benchtime", "500ms")
	cmd.Dir = t.folder
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("running Benchmark%s: %w\n%s", name, err, out)
	}
	results, err := parseBench(string(out))
	if err != nil {
		return nil, fmt.Errorf("reading Benchmark%s: %w", name, err)
	}
	return results, nil
}

var benchLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op\s.*?(\d+) allocs/op$`)

func parseBench(output string) (map[string]result, error) {
	results := make(map[string]result)
	for _, m := range benchLine.FindAllStringSubmatch(output, -1) {
		nanoseconds, err1 := strconv.ParseFloat(m[2], 64)
		allocations, err2 := strconv.ParseFloat(m[3], 64)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		results[m[1]] = result{nanoseconds, allocations}
	}
	if len(results) == 0 {
		return nil, fmt.Errorf("no result in the output:\n%s", output)
	}
	return results, nil
}
