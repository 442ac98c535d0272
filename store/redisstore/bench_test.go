// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/redisstore/redistest"
)

const benchClients = 64

// parallel runs n operations on benchClients goroutines and returns how long
// that took.
func parallel(n int, op func()) time.Duration {
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	began := time.Now()
	for range benchClients {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				op()
			}
		})
	}
	wg.Wait()
	return time.Since(began)
}

// BenchmarkRotation rotates from 64 clients, in turns with the same client
// library that runs the same script with constant arguments on a server of the
// same kind. `ratio` is the store's share of that speed: the median of the
// pairs.
func BenchmarkRotation(b *testing.B) {
	server := redistest.Start(b)
	s := anotherEdge(b, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	mustSpend(b, s, login(), store.Rotated)
	client, err := s.resource.newClient(0)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	b.ReportAllocs()
	const perPair = 20000
	var ratios []float64
	var ours time.Duration
	pairs := 0
	for b.Loop() {
		raw := parallel(perPair, constantScript(b, s, client))
		took := parallel(perPair, func() {
			if a, err := s.Spend(context.Background(), spending(login(), 0)); err != nil || a.Verdict != store.Rotated {
				b.Errorf("Spend = %v, %v", a.Verdict, err)
			}
		})
		ours += took
		pairs++
		ratios = append(ratios, float64(raw)/float64(took))
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(ratios[0], "ratio-min")
	b.ReportMetric(ratios[len(ratios)-1], "ratio-max")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(pairs*perPair), "ns/rotation")
	runtime.KeepAlive(client)
}

func constantScript(b *testing.B, s *Store, client rueidis.Client) func() {
	token := login()
	keys := []string{s.tokenKey("shop", token.JTI), s.tokenKey("shop", store.Successor(token.JTI)), s.userKey("shop", "7")}
	args := []string{keepText(token.ExpiresAt), fmt.Sprintf(" %d %d", token.IssuedAt, token.ExpiresAt), "0"}
	return func() {
		err := client.Do(context.Background(), client.B().Evalsha().Sha1(spendScript.sha).Numkeys(3).Key(keys...).Arg(args...).Build()).Error()
		if err != nil {
			b.Error(err)
		}
	}
}

// BenchmarkRecord measures what one record costs the server, in bytes of its
// memory.
func BenchmarkRecord(b *testing.B) {
	server := redistest.Start(b)
	s := anotherEdge(b, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	mustSpend(b, s, login(), store.Rotated)
	used := func() (n int64) {
		fmt.Sscan(server.Do("EVAL", "return string.match(redis.call('INFO','memory'), 'used_memory:(%d+)')", "0"), &n)
		return n
	}
	for b.Loop() {
		before := used()
		const n = 200000
		parallel(n, func() { s.Spend(context.Background(), spending(login(), 0)) })
		b.ReportMetric(float64(used()-before)/n, "bytes/record")
	}
}
