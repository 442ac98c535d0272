// SPDX-License-Identifier: Apache-2.0

// Command benchmarks measures what token_refresh costs, and prints it as a table
// of ratios. Each ratio compares two things that were run one after the other,
// over and over and in alternating order, so that a busy machine disturbs both
// alike; absolute figures of such a machine mean nothing. `make bench` builds
// what it needs and runs it in the root of the repository.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

// options are the flags.
type options struct {
	pairs, requests, warmUp, connections int
	djangoRequests                       int
	live                                 int
	only                                 string
}

// bench is a part of the table.
type bench struct {
	name string
	run  func(context.Context, options) ([]row, error)
}

var benches = []bench{
	{"noop", besideNoop},
	{"django", besideDjango},
	{"pass", passThrough},
	{"token", tokenWork},
	{"keys", keyWork},
	{"file", fileStore},
	{"live", fullFile},
	{"redis", redisStore},
	{"rotation", rotation},
}

func main() {
	var o options
	flag.IntVar(&o.pairs, "pairs", 7, "how many pairs of runs each ratio comes from")
	flag.IntVar(&o.requests, "requests", 100_000, "requests per run against Caddy")
	flag.IntVar(&o.warmUp, "warm-up", 10_000, "requests before each run against Caddy")
	flag.IntVar(&o.connections, "connections", 32, "requests under way at once")
	flag.IntVar(&o.djangoRequests, "django-requests", 3_000, "requests per run against Django")
	flag.IntVar(&o.live, "live", 10_000_000, "live records in the file store, for the part live")
	flag.StringVar(&o.only, "only", "", "run one part: noop, django, pass, token, keys, file, live, redis or rotation")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var table []row
	for _, b := range benches {
		if o.only != "" && o.only != b.name {
			continue
		}
		rows, err := b.run(ctx, o)
		if err != nil {
			stop()
			fmt.Fprintf(os.Stderr, "benchmarks: %s: %v\n", b.name, err)
			os.Exit(1)
		}
		table = append(table, rows...)
	}
	printTable(os.Stdout, table)
}

// progress tells whoever waits what was just measured.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}
