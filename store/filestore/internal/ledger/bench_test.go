// SPDX-License-Identifier: Apache-2.0

//go:build unix

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const benchClients = 128

// BenchmarkRotate is the store beside bbolt's Batch alone, which writes the same
// keys and values with the same options: 128 clients, fsync on. of-batch is
// how many rotations a second the store does for one of Batch.
func BenchmarkRotate(b *testing.B) {
	with, alone := benchLedger(b, 1_000, "store"), benchLedger(b, 1_000, "batch")
	pairs(b, "of-batch",
		func(jti string) string { return benchSpend(b, with, jti) },
		func(jti string) string { return benchBatch(b, alone, jti) })
}

// BenchmarkLive is the rate of rotations with many live records beside that with
// a thousand. LIVE sets how many: ten million take a minute to write and a
// gigabyte to keep.
func BenchmarkLive(b *testing.B) {
	n := 100_000
	if live, err := strconv.Atoi(os.Getenv("LIVE")); err == nil {
		n = live
	}
	many, few := benchLedger(b, n, "many"), benchLedger(b, 1_000, "few")
	pairs(b, "of-few",
		func(jti string) string { return benchSpend(b, many, jti) },
		func(jti string) string { return benchSpend(b, few, jti) })
}

// BenchmarkLone is one client: the wait for company, and one fsync.
func BenchmarkLone(b *testing.B) {
	l := benchLedger(b, 1_000, "one")
	jti := randomJTI()
	b.ResetTimer()
	for range b.N {
		jti = benchSpend(b, l, jti)
	}
}

// BenchmarkCheck is the answer that writes nothing.
func BenchmarkCheck(b *testing.B) {
	l := benchLedger(b, 1_000, "one")
	c := &store.Check{Token: store.Token{JTI: randomJTI(), User: store.User{ID: "7", Kind: store.IntegerUser}}}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if a, err := l.Check(context.Background(), c); err != nil || a.Verdict != store.Live {
			b.Fatal(a.Verdict, err)
		}
	}
}

// benchLedger opens a file with n live records, below the temporary directory.
func benchLedger(b *testing.B, n int, name string) *Ledger {
	b.Helper()
	l, err := Open(filepath.Join(b.TempDir(), name+".db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, l, n)
	l.db.MaxBatchDelay = time.Millisecond // for Batch alone: as the store waits for company
	b.Cleanup(func() { _ = l.Close() })
	return l
}

// fill writes live records as spends leave them, without fsync.
func fill(b *testing.B, l *Ledger, n int) {
	b.Helper()
	l.db.NoSync = true
	defer func() { l.db.NoSync = false }()
	var token named
	var value []byte
	now := time.Now()
	rec := record{
		flags: flagSpent, keep: now.Add(48 * time.Hour).Unix(), spentAt: now.UnixMicro(),
		issued: now.Unix(), expires: now.Add(24 * time.Hour).Unix(),
	}
	for n > 0 {
		if err := l.db.Update(func(tx *bolt.Tx) error {
			for range min(n, 20_000) {
				token.set(l, "", randomJTI())
				var sequence uint64
				value = nil
				if err := l.insert(tx, &token, &sequence, &value, &rec); err != nil {
					return err
				}
				l.tokens.Add(1)
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		n -= 20_000
	}
	if err := l.db.Sync(); err != nil {
		b.Fatal(err)
	}
}

func randomJTI() string {
	var r [16]byte
	_, _ = rand.Read(r[:])
	return hex.EncodeToString(r[:])
}

func benchSpend(b *testing.B, l *Ledger, jti string) string {
	now := time.Now().Unix()
	next := store.Successor(jti)
	a, err := l.Spend(context.Background(), &store.Spend{
		Token:     store.Token{JTI: jti, IssuedAt: now, ExpiresAt: now + 86_400, User: store.User{ID: "7", Kind: store.IntegerUser}},
		Successor: store.Issued{JTI: next, IssuedAt: now, ExpiresAt: now + 86_400},
		Grace:     10 * time.Second,
	})
	if err != nil || a.Verdict != store.Rotated {
		b.Fatal(a.Verdict, err)
	}
	return next
}

// pairs runs two ways to rotate in turns, nine times, and reports the medians of
// the ratios of their rates and of their costs in processor time: a machine that
// others use too says nothing in absolute figures, and little in one turn.
func pairs(b *testing.B, unit string, one, other func(jti string) string) {
	const turn = 500 * time.Millisecond
	var rates, costs, first, second []float64
	for range b.N {
		for range 9 {
			x, xcpu := rate(turn, one)
			y, ycpu := rate(turn, other)
			rates, costs = append(rates, x/y), append(costs, xcpu/ycpu)
			first, second = append(first, x), append(second, y)
		}
	}
	for _, s := range [][]float64{rates, costs, first, second} {
		slices.Sort(s)
	}
	middle := len(rates) / 2
	b.ReportMetric(rates[middle], "rate-"+unit)
	b.ReportMetric(rates[middle/2], "quarter-"+unit)
	b.ReportMetric(rates[middle+middle/2], "three-quarters-"+unit)
	b.ReportMetric(costs[middle], "cpu-"+unit)
	b.ReportMetric(first[middle], "rotations/s")
	b.ReportMetric(second[middle], "other/s")
	b.ReportMetric(0, "ns/op")
}

// rate lets 128 sessions rotate for a while and returns rotations a second, and
// processor time a rotation.
func rate(d time.Duration, f func(jti string) string) (perSecond, cpu float64) {
	var (
		wg     sync.WaitGroup
		count  atomic.Int64
		before = processorTime()
		start  = time.Now()
	)
	for range benchClients {
		wg.Go(func() {
			jti := randomJTI()
			for time.Since(start) < d {
				jti = f(jti)
				count.Add(1)
			}
		})
	}
	wg.Wait()
	n := float64(count.Load())
	return n / time.Since(start).Seconds(), (processorTime() - before).Seconds() / n
}

func processorTime() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// benchBatch writes what the store writes and does nothing else.
func benchBatch(b *testing.B, l *Ledger, jti string) string {
	now := time.Now()
	rec := record{flags: flagSpent, keep: now.Unix() + 90_000, spentAt: now.UnixMicro(), issued: now.Unix(), expires: now.Unix()}
	value := appendRecord(appendIdentity(nil, "", jti), &rec)
	if err := l.db.Batch(func(tx *bolt.Tx) error {
		var key [sequenceSize]byte
		bucket := tx.Bucket(bucketTokens)
		bucket.FillPercent = appendFill
		return bucket.Put(putSequence(&key, l.last.Add(1)), value)
	}); err != nil {
		b.Error(err)
	}
	return store.Successor(jti)
}
