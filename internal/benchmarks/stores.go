// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
)

// fileStore compares the file store with what it is made of.
func fileStore(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, "./store/filestore/internal/ledger")
	if err != nil {
		return nil, err
	}
	defer done()
	beside := row{what: "file store, 128 clients rotating, fsync on, in process: speed", beside: "bbolt Batch alone", target: 0.8}
	for range o.pairs {
		metrics, err := tests.metrics(ctx, "Rotate", nil)
		if err != nil {
			return nil, err
		}
		beside.values = append(beside.values, metrics["rate-of-batch"])
		progress("file store: %.0f rotations/s, %.2f of Batch", metrics["rotations/s"], metrics["rate-of-batch"])
	}
	return []row{beside}, nil
}

// fullFile compares a file that has been in use for long with a new one.
func fullFile(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, "./store/filestore/internal/ledger")
	if err != nil {
		return nil, err
	}
	defer done()
	progress("writing %d sessions twice, which takes minutes and a gigabyte for ten million", o.live)
	var rows []row
	for _, of := range []struct{ benchmark, what string }{
		{"Live", fmt.Sprintf("cost of a rotation with %d live sessions, file store, warm cache", o.live)},
		{"Scattered", "the same, each time of another of them"},
	} {
		metrics, err := tests.metrics(ctx, of.benchmark, []string{"LIVE=" + strconv.Itoa(o.live)})
		if err != nil {
			return nil, err
		}
		cost := row{what: of.what, beside: "with 1000", target: 1.5, atMost: true}
		for _, name := range []string{"rate-of-few", "quarter-of-few", "three-quarters-of-few"} {
			cost.values = append(cost.values, 1/metrics[name])
		}
		rows = append(rows, cost)
	}
	return rows, nil
}

// redisStore compares the redis store with the client library that it uses. It
// starts a redis-server of its own.
func redisStore(ctx context.Context, o options) ([]row, error) {
	tests, done, err := compileTests(ctx, "./store/redisstore", "-tags", "conformance")
	if err != nil {
		return nil, err
	}
	defer done()
	beside := row{what: "redis store, 64 clients rotating, in process: speed", beside: "rueidis with the same script", target: 0.8}
	for range o.pairs {
		metrics, err := tests.metrics(ctx, "Rotation", nil)
		if err != nil {
			return nil, err
		}
		beside.values = append(beside.values, metrics["ratio"])
		progress("redis store: %.2f of the library", metrics["ratio"])
	}
	return []row{beside}, nil
}

var metric = regexp.MustCompile(`([0-9.e+-]+) ([a-z][a-z/-]*)`)

// metrics runs a benchmark once and returns what it reports, by unit.
func (t testBinary) metrics(ctx context.Context, name string, env []string) (map[string]float64, error) {
	cmd := exec.CommandContext(ctx, t.file, "-test.run", "^$", "-test.bench", "^Benchmark"+name+"$", "-test.benchtime", "1x")
	cmd.Dir = t.folder
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("running Benchmark%s: %w\n%s", name, err, out)
	}
	metrics := make(map[string]float64)
	for _, m := range metric.FindAllStringSubmatch(string(out), -1) {
		if value, err := strconv.ParseFloat(m[1], 64); err == nil {
			metrics[m[2]] = value
		}
	}
	if len(metrics) == 0 {
		return nil, fmt.Errorf("no figure in the output of Benchmark%s:\n%s", name, out)
	}
	return metrics, nil
}
