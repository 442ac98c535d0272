// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/freeport"
)

// besideDjango compares a refresh with that of Django behind gunicorn, with the
// project that the conformance tests use.
func besideDjango(ctx context.Context, o options) ([]row, error) {
	rel := conformance.MustSet("5.5")
	dir, err := os.MkdirTemp("", "benchmark")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	python, err := conformance.Environment(ctx, rel)
	if err != nil {
		return nil, err
	}
	database, err := conformance.Database(ctx, rel, dir)
	if err != nil {
		return nil, err
	}
	token, err := mint(ctx)
	if err != nil {
		return nil, fmt.Errorf("minting a token: %w", err)
	}
	edges, djangos, err := alternate(
		o.pairs,
		func() (shot, error) { return measureCaddy(ctx, o, refreshDirective(rel.Name), token) },
		func() (shot, error) { return measureDjango(ctx, o, python, database, token) },
	)
	if err != nil {
		return nil, err
	}
	rate := row{what: "the same: requests/s", beside: "Django, gunicorn with 2 workers, SimpleJWT " + rel.Version.String(), target: 20}
	for i := range edges {
		rate.values = append(rate.values, edges[i].perSecond/djangos[i].perSecond)
		progress("refresh %.0f/s; Django %.0f/s", edges[i].perSecond, djangos[i].perSecond)
	}
	return []row{rate}, nil
}

func measureDjango(ctx context.Context, o options, python, database, token string) (shot, error) {
	address, err := freeport.Addr()
	if err != nil {
		return shot{}, err
	}
	settings, err := json.Marshal(map[string]string{"SIGNING_KEY": signingKey})
	if err != nil {
		return shot{}, err
	}
	cmd := exec.Command(python, "-m", "gunicorn", "--bind", address, "--workers", "2",
		"--worker-class", "gthread", "--threads", "2", "--keep-alive", "60", "--graceful-timeout", "1",
		"--no-control-socket", "wsgi:application")
	cmd.Dir = filepath.Join(conformance.Dir(), "django")
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1",
		"CONFORMANCE_DATABASE="+database, "CONFORMANCE_SIMPLE_JWT="+string(settings))
	s, err := start(ctx, cmd, address)
	if err != nil {
		return shot{}, err
	}
	defer s.stop()
	if _, err := s.fire(ctx, conformance.RefreshPath, token, o.djangoRequests/10+1, o.connections); err != nil {
		return shot{}, err
	}
	return s.fire(ctx, conformance.RefreshPath, token, o.djangoRequests, o.connections)
}
