// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

// shared is what all tests use.
var shared struct {
	binary      string // of the edge
	django      string // its address
	witness     *witness
	certificate *certificate
	ports       ports
	chromium    context.Context
}

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "browser")
	code := 1
	if err == nil {
		code, err = run(m, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// run starts what is shared, runs the tests and stops everything.
func run(m *testing.M, dir string) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	bin, err := filepath.Abs("../bin") // where make build leaves the edge
	if err != nil {
		return 1, err
	}
	if shared.binary, err = conformance.BuildEdge(ctx, bin); err != nil {
		return 1, err
	}
	if shared.ports, err = takePorts(); err != nil {
		return 1, err
	}
	if shared.certificate, err = newCertificate(dir); err != nil {
		return 1, err
	}
	django, err := startDjango(ctx, filepath.Join(dir, "django.sqlite3"))
	if err != nil {
		return 1, err
	}
	defer django.Stop()
	shared.django = django.Addr
	shared.witness = newWitness(django.Addr)
	defer shared.witness.stop()
	stop, err := servePages()
	if err != nil {
		return 1, err
	}
	defer stop()
	stop, err = startChromium(ctx, filepath.Join(dir, "chromium"))
	if err != nil {
		return 1, err
	}
	defer stop()
	return m.Run(), nil
}
