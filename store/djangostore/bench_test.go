// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package djangostore

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/djangotest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// BenchmarkSpend measures rotations that win, with the user's check, on servers
// that sync to the disk: sessions side by side, each token a fresh one.
func BenchmarkSpend(b *testing.B) {
	for _, kind := range djangotest.Kinds {
		b.Run(kind, func(b *testing.B) {
			p := benchProject(b, kind)
			s := open(b, p, func(s *Store) { s.MaxConnections = 32 })
			b.SetParallelism(16)
			var sessions atomic.Int64
			b.RunParallel(func(pb *testing.PB) {
				token := signFor(b, p, fmt.Sprintf("%032x", sessions.Add(1)<<20))
				for pb.Next() {
					r := spending(token, time.Minute)
					r.Users = store.UserChecks{Exists: true, Active: true}
					a, err := s.Spend(context.Background(), r)
					if err != nil || a.Verdict != store.Rotated {
						b.Errorf("Spend = %v, %v", a.Verdict, err)
						return
					}
					token = follow(token, a.Successor)
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
		})
	}
}

// BenchmarkDjango measures the same work done by Django's own view behind
// gunicorn, on the same databases.
func BenchmarkDjango(b *testing.B) {
	for _, kind := range djangotest.Kinds {
		b.Run(kind, func(b *testing.B) {
			p := benchProject(b, kind)
			url := p.Serve(b, 4) + "/api/token/refresh/"
			http.DefaultTransport.(*http.Transport).MaxIdleConnsPerHost = 32
			b.SetParallelism(8)
			var sessions atomic.Int64
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				token := signFor(b, p, fmt.Sprintf("%032x", sessions.Add(1)<<20))
				for pb.Next() {
					status, fields := post(b, url, "refresh", token.Text)
					if status != 200 {
						b.Errorf("Django answers %d", status)
						return
					}
					token = parse(b, fields["refresh"].(string))
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
		})
	}
}

func benchProject(b *testing.B, kind string) *djangotest.Project {
	b.Helper()
	p := &djangotest.Project{Release: "5.5", Database: djangotest.Start(b, kind, true).Create(b, ""), SimpleJWT: map[string]any{
		"ROTATE_REFRESH_TOKENS": true, "BLACKLIST_AFTER_ROTATION": true,
	}}
	p.Migrate(b)
	signIn(b, p, "ann")
	b.ResetTimer()
	return p
}
