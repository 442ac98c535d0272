// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
)

// BenchmarkRotation measures each store beside Django once: PAIR is the number of
// the pair, and every other one begins with Django. Each run has sessions of its own.
func BenchmarkRotation(b *testing.B) {
	pair, connections, requests := number(b, "PAIR"), number(b, "CONNECTIONS"), number(b, "DJANGO_REQUESTS")
	b.Chdir(filepath.Join("..", "..")) // where bin is
	newest := conformance.Newest()
	p := &djangotest.Project{
		Release: newest.Name, Database: djangotest.Start(b, "postgres", true).Create(b, ""),
		SimpleJWT: map[string]any{"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true},
	}
	p.Migrate(b)
	p.Python(b, `from django.contrib.auth.models import User; User.objects.create_user("ann")`)
	redis := redistest.Start(b, "--appendonly", "yes", "--appendfsync", "always")
	django := strings.TrimPrefix(p.Serve(b, 2, "--worker-class", "gthread", "--threads", "2", "--keep-alive", "60"), "http://")

	for _, kind := range []struct{ name, store string }{
		{"file", "file {\ntimeout 10s\n}"},
		{"redis", "redis " + redis.Addr + " {\ntimeout 10s\n}"},
		{"django", "django {env.BENCHMARK_DATABASE} {\ntimeout 10s\n}"},
	} {
		directive := "token_refresh {\nsigning_key {env.BENCHMARK_KEY}\nsimplejwt_version " + newest.Name +
			"\nrotate_refresh_tokens\nblacklist_after_rotation\nstore " + kind.store + "\n}"
		var edges, djangos float64
		for turn := range 2 {
			if turn == pair%2 {
				s, done, err := startCaddy(b.Context(), directive, "BENCHMARK_KEY="+djangotest.SecretKey, "BENCHMARK_DATABASE="+p.Database.URL)
				if err != nil {
					b.Fatal(err)
				}
				edges = rotations(b, s.address, refreshPath, 10*requests, connections)
				done()
				continue
			}
			djangos = rotations(b, django, refreshPath+"/", requests, connections)
		}
		b.ReportMetric(edges, "edge/"+kind.name)
		b.ReportMetric(djangos, "django/"+kind.name)
		b.ReportMetric(edges/djangos, "of-django/"+kind.name)
	}
}

// rotations returns how many a second the address answers, once it is warm.
func rotations(b *testing.B, address, path string, requests, connections int) float64 {
	b.Helper()
	var perSecond float64
	for _, n := range []int{requests/10 + 1, requests} {
		file := filepath.Join(b.TempDir(), "tokens")
		var tokens strings.Builder
		for range connections {
			jti := make([]byte, 16)
			_, _ = rand.Read(jti)
			now := time.Now().Unix()
			tokens.WriteString(djangotest.Sign(fmt.Sprintf(`{"token_type":"refresh","exp":%d,"iat":%d,"jti":"%s","user_id":"1"}`,
				now+86_400, now, hex.EncodeToString(jti))) + "\n")
		}
		if err := os.WriteFile(file, []byte(tokens.String()), 0o600); err != nil {
			b.Fatal(err)
		}
		var err error
		if perSecond, err = load(b.Context(), address, path, n, connections, "-tokens", file); err != nil {
			b.Fatal(err)
		}
	}
	return perSecond
}

// number reads a setting of the command that runs this.
func number(b *testing.B, name string) int {
	b.Helper()
	n, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		b.Fatalf("%s has to be a number: make bench BENCHFLAGS=\"-only rotation\" sets it", name)
	}
	return n
}
