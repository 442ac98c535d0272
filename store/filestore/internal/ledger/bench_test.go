// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const benchClients = 128

// BenchmarkRotate is the store beside bbolt's Batch alone, which writes the same
// keys and values with the same options: 128 clients, fsync on.
func BenchmarkRotate(b *testing.B) {
	b.Run("store", func(b *testing.B) { benchStore(b, benchLedger(b, 1_000)) })
	b.Run("batch", func(b *testing.B) { benchBatch(b, benchLedger(b, 1_000)) })
}

// BenchmarkLive is the cost of a rotation by the number of live records. The
// largest number is set by LIVE, since ten million take a minute to write and a
// gigabyte to keep.
func BenchmarkLive(b *testing.B) {
	sizes := []int{1_000, 100_000}
	if n, err := strconv.Atoi(os.Getenv("LIVE")); err == nil {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprint(n), func(b *testing.B) { benchStore(b, benchLedger(b, n)) })
	}
}

// BenchmarkLone is one client: the wait for company, and one fsync.
func BenchmarkLone(b *testing.B) {
	l := benchLedger(b, 1_000)
	jti := randomJTI()
	b.ResetTimer()
	for range b.N {
		jti = benchSpend(b, l, jti)
	}
}

// BenchmarkCheck is the answer that writes nothing.
func BenchmarkCheck(b *testing.B) {
	l := benchLedger(b, 1_000)
	c := &store.Check{Token: store.Token{JTI: randomJTI(), User: store.User{ID: "7", Kind: store.IntegerUser}}}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if a, err := l.Check(context.Background(), c); err != nil || a.Verdict != store.Live {
			b.Fatal(a.Verdict, err)
		}
	}
}

// benchLedger opens a file with n live records, under the temporary directory or
// where BENCH_DIR says.
func benchLedger(b *testing.B, n int) *Ledger {
	b.Helper()
	dir := os.Getenv("BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("live-%d.db", n))
	l, err := Open(path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	fill(b, l, n-int(l.tokens.Load()))
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

// clients shares b.N among 128 goroutines, each a session of its own.
func clients(b *testing.B, f func(jti string) string) {
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for i := range benchClients {
		n := b.N / benchClients
		if i < b.N%benchClients {
			n++
		}
		jti := randomJTI()
		wg.Go(func() {
			for range n {
				jti = f(jti)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rotations/s")
}

func benchStore(b *testing.B, l *Ledger) {
	clients(b, func(jti string) string { return benchSpend(b, l, jti) })
}

// benchBatch writes what the store writes and does nothing else.
func benchBatch(b *testing.B, l *Ledger) {
	l.db.MaxBatchDelay = time.Millisecond // as the store waits for company
	now := time.Now()
	rec := record{flags: flagSpent, keep: now.Unix(), spentAt: now.UnixMicro(), issued: now.Unix(), expires: now.Unix()}
	clients(b, func(jti string) string {
		value := appendRecord(appendIdentity(nil, "", jti), &rec)
		if err := l.db.Batch(func(tx *bolt.Tx) error {
			var key [sequenceSize]byte
			bucket := tx.Bucket(bucketTokens)
			bucket.FillPercent = appendFill
			return bucket.Put(putSequence(&key, l.last.Add(1)), value)
		}); err != nil {
			b.Fatal(err)
		}
		return store.Successor(jti)
	})
}
