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

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
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
// library that runs the same script with arguments made beforehand. `ratio` is
// the store's share of that speed, where the server does the same work for
// both; `ratio-idle` that of a script that always has the same arguments, and so
// never writes. Both are medians of the pairs.
func BenchmarkRotation(b *testing.B) {
	server := redistest.Start(b)
	s := anotherEdge(b, &Store{Addresses: []string{server.Addr}, Timeout: patient})
	mustSpend(b, s, login(), store.Rotated)
	client, err := s.resource.newClient(0)
	if err != nil {
		b.Fatal(err)
	}
	defer client.Close()
	var writing, idle []float64
	var ours time.Duration
	for b.Loop() {
		w, o, i := rotationPair(b, s, client)
		ours += o
		writing = append(writing, float64(w)/float64(o))
		idle = append(idle, float64(i)/float64(o))
	}
	slices.Sort(writing)
	slices.Sort(idle)
	b.ReportMetric(writing[len(writing)/2], "ratio")
	b.ReportMetric(writing[0], "ratio-min")
	b.ReportMetric(writing[len(writing)-1], "ratio-max")
	b.ReportMetric(idle[len(idle)/2], "ratio-idle")
	b.ReportMetric(float64(ours.Nanoseconds())/float64(len(idle)*perPair), "ns/rotation")
	runtime.KeepAlive(client)
}

const perPair = 20000

// rotationPair times the script with fresh keys, the store, and the script with
// constant keys.
func rotationPair(b *testing.B, s *Store, client rueidis.Client) (writing, ours, idle time.Duration) {
	spends := make([]*store.Spend, perPair)
	keys := make([][]string, perPair)
	args := make([][]string, perPair)
	for i := range perPair {
		spends[i] = spending(login(), 0)
		other := spending(login(), 0)
		keys[i] = []string{s.sessionKey("shop", store.Locate(other.Token.JTI)), s.userKey("shop", "7")}
		args[i] = []string{"0", "0", "0", "0", pack(&other.Successor), secondText(other.Token.ExpiresAt), "", ""}
	}
	script := func(i int64) {
		cmd := client.B().Evalsha().Sha1(spendScript.sha).Numkeys(2).Key(keys[i]...).Arg(args[i]...).Build()
		if err := client.Do(context.Background(), cmd).Error(); err != nil {
			b.Error(err)
		}
	}
	var next atomic.Int64
	writing = parallel(perPair, func() { script(next.Add(1) - 1) })
	next.Store(0)
	ours = parallel(perPair, func() {
		if a, err := s.Spend(context.Background(), spends[next.Add(1)-1]); err != nil || a.Verdict != store.Rotated {
			b.Errorf("Spend = %v, %v", a.Verdict, err)
		}
	})
	return writing, ours, parallel(perPair, func() { script(0) })
}

// BenchmarkSession measures what a session costs the server, in bytes of its
// memory: key, record and all that Redis keeps beside them; of a session that
// rotated once, and of one that rotated so often that its record is as long as
// it gets. `key` is what MEMORY USAGE says of one of the latter.
func BenchmarkSession(b *testing.B) {
	for b.Loop() {
		server := redistest.Start(b)
		s := anotherEdge(b, &Store{Addresses: []string{server.Addr}, Timeout: patient})
		mustSpend(b, s, login(), store.Rotated)
		used := func() (n int64) {
			fmt.Sscan(server.Do("EVAL", "return string.match(redis.call('INFO','memory'), 'used_memory:(%d+)')", "0"), &n)
			return n
		}
		const n = 100_000
		tokens := make([]store.Token, n)
		for i := range tokens {
			tokens[i] = login()
		}
		before := used()
		for step, name := range []string{"bytes/young", "", "", "", "", "", "", "bytes/session"} {
			var next atomic.Int64
			parallel(n, func() {
				t := &tokens[next.Add(1)-1]
				a, err := s.Spend(context.Background(), spending(*t, 0))
				if err != nil || a.Verdict != store.Rotated {
					b.Errorf("step %d: Spend = %v, %v", step, a.Verdict, err)
				}
				t.JTI = a.Successor.JTI
			})
			if name != "" {
				b.ReportMetric(float64(used()-before)/n, name)
			}
		}
		var key int64
		fmt.Sscan(server.Do("MEMORY", "USAGE", s.sessionKey("shop", store.Locate(tokens[0].JTI))), &key)
		b.ReportMetric(float64(key), "bytes/key")
	}
}
