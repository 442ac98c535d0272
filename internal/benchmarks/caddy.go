// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

const (
	refreshPath = "/api/token/refresh"

	// signingKey is known to the edge and to Django. It protects nothing.
	signingKey = "the-benchmarks-sign-with-this-and-it-protects-nothing"
)

// mint returns a refresh token of five claims for the user with the id 1.
func mint(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "bin/edge", "token-refresh", "mint", "--signing-key", signingKey, "--claim", "user_id=1").Output()
	return strings.TrimSpace(string(out)), err
}

// measureCaddy starts a Caddy of its own with the directive, warms it up, fires
// at it and ends it. So whatever ran before has left nothing in its memory.
func measureCaddy(ctx context.Context, o options, directive, token string) (result shot, err error) {
	s, done, err := startCaddy(ctx, directive, "BENCHMARK_KEY="+signingKey)
	if err != nil {
		return shot{}, err
	}
	defer done()
	if _, err := s.fire(ctx, refreshPath, token, o.warmUp, o.connections); err != nil {
		return shot{}, err
	}
	return s.fire(ctx, refreshPath, token, o.requests, o.connections)
}

// startCaddy starts a Caddy with the directive, with these variables and with
// folders of its own; done ends it and deletes them.
func startCaddy(ctx context.Context, directive string, env ...string) (s *server, done func(), err error) {
	dir, err := os.MkdirTemp("", "benchmark")
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(dir)
		}
	}()
	address, err := freeport.Addr()
	if err != nil {
		return nil, nil, err
	}
	config := fmt.Sprintf("{\n\tadmin off\n\tpersist_config off\n}\nhttp://%s {\n%s\n}\n", address, directive)
	file := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		return nil, nil, err
	}
	cmd := exec.Command("bin/edge", "run", "--adapter", "caddyfile", "--config", file)
	cmd.Env = append(append(os.Environ(), "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir), env...)
	if s, err = start(ctx, cmd, address); err != nil {
		return nil, nil, err
	}
	return s, func() {
		s.stop()
		os.RemoveAll(dir)
	}, nil
}

// refreshDirective is token_refresh without a store.
func refreshDirective(version string) string {
	return "token_refresh {\n\tsigning_key {env.BENCHMARK_KEY}\n\tsimplejwt_version " + version + "\n}"
}

// alternate runs a and b n times, each time in the other order.
func alternate(n int, a, b func() (shot, error)) (as, bs []shot, err error) {
	for i := range n {
		first, second := a, b
		if i%2 == 1 {
			first, second = b, a
		}
		x, err := first()
		if err != nil {
			return nil, nil, err
		}
		y, err := second()
		if err != nil {
			return nil, nil, err
		}
		if i%2 == 1 {
			x, y = y, x
		}
		as, bs = append(as, x), append(bs, y)
	}
	return as, bs, nil
}

// besideNoop compares a refresh with a handler that reads and writes as much.
func besideNoop(ctx context.Context, o options) ([]row, error) {
	token, err := mint(ctx)
	if err != nil {
		return nil, fmt.Errorf("minting a token: %w", err)
	}
	// The access token is a byte or two shorter than the refresh token.
	noop := fmt.Sprintf("token_refresh_noop %d", len(token)+len(`{"access":""}`))
	refreshes, noops, err := alternate(
		o.pairs,
		func() (shot, error) { return measureCaddy(ctx, o, refreshDirective("5.5"), token) },
		func() (shot, error) { return measureCaddy(ctx, o, noop, token) },
	)
	if err != nil {
		return nil, err
	}
	cpu := row{what: "HS256 refresh, stateless: CPU per request", beside: "no-op handler: its share of ours", target: 0.88}
	rate := row{what: "the same: requests/s", beside: "no-op handler", target: 0.92}
	for i := range refreshes {
		r, n := refreshes[i], noops[i]
		cpu.values = append(cpu.values, n.processor/r.processor)
		rate.values = append(rate.values, r.perSecond/n.perSecond)
		progress("refresh %.0f/s, %.1f µs of CPU; no-op %.0f/s, %.1f µs", r.perSecond, r.processor*1e6, n.perSecond, n.processor*1e6)
	}
	return []row{cpu, rate}, nil
}
