// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package alternate

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
)

// edgeBinary is the edge that TestMain built.
var edgeBinary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "alternate")
	if err == nil {
		edgeBinary, err = conformance.BuildEdge(context.Background(), dir)
	}
	code := 1
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// releases are two that differ in the rows: 5.3 writes none for the token that it
// hands out, and does not look at users. The newest release is one of them, so that
// one that writes other rows is noticed.
var releases = []*conformance.Set{conformance.MustSet("5.3"), conformance.Newest()}

// TestAlternate plays the sequences on every database with every release.
func TestAlternate(t *testing.T) {
	seed := uint64(setting(t, "CONFORMANCE_SEED", time.Now().UnixNano()))
	n := int(setting(t, "CONFORMANCE_SEQUENCES", 520))
	t.Logf("CONFORMANCE_SEED=%d", seed)
	for _, kind := range djangotest.Kinds {
		t.Run(kind, func(t *testing.T) {
			server := djangotest.Start(t, kind, false)
			for _, rel := range releases {
				if only := os.Getenv("CONFORMANCE_RELEASE"); only != "" && only != rel.Name {
					continue
				}
				t.Run(rel.Name, func(t *testing.T) { play(t, server, rel, seed, n) })
			}
		})
	}
}

// play plays n sequences and compares what is left of them.
func play(t *testing.T, server *djangotest.Server, rel *conformance.Set, seed uint64, n int) {
	began := time.Now()
	r := newRun(t, server, rel, seed, n)
	ready := time.Now()
	r.play()
	played := time.Since(ready)
	r.compareRows("after the sequences")
	r.refusedByBoth()
	r.shownByAdmin()
	r.flush()
	r.goesOn()
	r.report()
	t.Logf("%d sequences, %d requests each side, %.0f s to start, %.0f s to play, %.0f s in all",
		n, r.sent, ready.Sub(began).Seconds(), played.Seconds(), time.Since(began).Seconds())
}

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
