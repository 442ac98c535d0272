// SPDX-License-Identifier: Apache-2.0

//go:build unix

package ledger

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	mrand "math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/caddyrefresh/caddyrefresh/store"
)

const benchClients = 128

// BenchmarkRotate is the store beside Batch of bbolt alone, another embedded
// store, which writes the same values in the same order: 128 clients, fsync on.
// of-batch is how many rotations a second the store does for one of Batch.
func BenchmarkRotate(b *testing.B) {
	with, alone := benchLedger(b, 1_000, "store"), openBatch(b)
	var last atomic.Uint64
	pairs(b, "of-batch",
		func(c *client) { c.jti = benchSpend(b, with, c.jti) },
		func(c *client) { c.jti = benchBatch(b, alone, &last, c.jti) })
}

// BenchmarkLive is the rate of rotations with many live sessions beside that with
// a thousand. LIVE sets how many: ten million take two minutes to write and a
// gigabyte to keep.
func BenchmarkLive(b *testing.B) {
	many, few := benchLedger(b, live(b), "many"), benchLedger(b, 1_000, "few")
	pairs(b, "of-few",
		func(c *client) { c.jti = benchSpend(b, many, c.jti) },
		func(c *client) { c.jti = benchSpend(b, few, c.jti) })
}

// BenchmarkScattered is BenchmarkLive where each rotation is of another of the
// sessions in the file, so that each reads a record which no cache has.
func BenchmarkScattered(b *testing.B) {
	n := live(b)
	many, few := benchLedger(b, n, "many"), benchLedger(b, 1_000, "few")
	pairs(b, "of-few",
		func(c *client) { c.rotateOne(b, many, n) },
		func(c *client) { c.rotateOne(b, few, 1_000) })
}

// BenchmarkEnd is what ending a session costs that rotated a million times, beside
// one that rotated ten times, in turns.
func BenchmarkEnd(b *testing.B) {
	l := benchLedger(b, 1_000, "end")
	now := time.Now().Unix()
	end := func(step uint32) float64 {
		token := store.Token{JTI: jtiOf(randomJTI(), step), IssuedAt: now, ExpiresAt: now + 86_400}
		benchSpend(b, l, token.JTI)
		start := time.Now()
		if a, err := l.Revoke(context.Background(), &store.Revocation{Token: token}); err != nil || a.Before != store.Spent {
			b.Fatal(a.Before, err)
		}
		return float64(time.Since(start))
	}
	var long, short []float64
	for range b.N {
		for range 300 {
			long, short = append(long, end(1_000_000)), append(short, end(10))
		}
	}
	slices.Sort(long)
	slices.Sort(short)
	b.ReportMetric(long[len(long)/2]/short[len(short)/2], "cost-of-short")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkThief is the rate of eight clients beside whom the oldest token of a
// session of a million rotations is presented 32 times a second, beside their
// rate in peace.
func BenchmarkThief(b *testing.B) {
	l := benchLedger(b, 1_000, "thief")
	root := randomJTI()
	benchSpend(b, l, jtiOf(root, 1_000_000))
	rotate := func(c *client) { c.jti = benchSpend(b, l, c.jti) }
	var thief sync.WaitGroup
	stop := make(chan struct{})
	asks := make(chan bool)
	thief.Go(func() {
		ticker := time.NewTicker(time.Second / 32)
		defer ticker.Stop()
		on := false
		for {
			select {
			case <-stop:
				return
			case on = <-asks:
			case <-ticker.C:
				if on {
					a, err := l.Spend(context.Background(), &store.Spend{Token: store.Token{JTI: root}, Successor: store.Issued{JTI: store.Successor(root)}})
					if err != nil || a.Verdict != store.Reused {
						b.Error(a.Verdict, err)
					}
				}
			}
		}
	})
	pairs(b, "of-peace",
		func(c *client) {
			if c.id == 0 {
				asks <- true
			}
			rotate(c)
		},
		func(c *client) {
			if c.id == 0 {
				asks <- false
			}
			rotate(c)
		})
	close(stop)
	thief.Wait()
}

// BenchmarkLone is one client: the wait for more requests, and one fsync.
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
func pairs(b *testing.B, unit string, one, other func(*client)) {
	const turn = 500 * time.Millisecond
	these, those := newClients(), newClients()
	var rates, costs, first, second []float64
	for range b.N {
		for range 9 {
			x, xcpu := rate(turn, these, one)
			y, ycpu := rate(turn, those, other)
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

// client is one of those who rotate at once. The sessions of a file are divided
// among them.
type client struct {
	id     int
	jti    string
	tokens map[int]string // of sessions that it has rotated
}

func newClients() []*client {
	clients := make([]*client, benchClients)
	for i := range clients {
		clients[i] = &client{id: i, jti: randomJTI(), tokens: map[int]string{}}
	}
	return clients
}

// rotateOne rotates one of the n sessions that makeFull wrote.
func (c *client) rotateOne(b *testing.B, l *Ledger, n int) {
	i := c.id + benchClients*mrand.IntN(max(n/benchClients, 1))
	jti, ok := c.tokens[i]
	if !ok {
		jti = store.Successor(fullJTI(i))
	}
	c.tokens[i] = benchSpend(b, l, jti)
}

// rate lets the clients rotate for a while and returns rotations a second, and
// processor time a rotation.
func rate(d time.Duration, clients []*client, f func(*client)) (perSecond, cpu float64) {
	var (
		wg     sync.WaitGroup
		count  atomic.Int64
		before = processorTime()
		start  = time.Now()
	)
	for _, c := range clients {
		wg.Go(func() {
			for time.Since(start) < d {
				f(c)
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

// openBatch opens a bbolt file for Batch alone.
func openBatch(b *testing.B) *bolt.DB {
	b.Helper()
	db, err := bolt.Open(filepath.Join(b.TempDir(), "batch.db"), 0o600, &bolt.Options{
		FreelistType: bolt.FreelistMapType, NoFreelistSync: true, NoStatistics: true,
	})
	if err != nil {
		b.Fatal(err)
	}
	db.MaxBatchDelay = time.Millisecond // as the store waits for more requests
	b.Cleanup(func() { _ = db.Close() })
	if err := db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucket(bucketLog)
		return err
	}); err != nil {
		b.Fatal(err)
	}
	return db
}

var bucketLog = []byte("log")

// benchBatch writes what the store writes and does nothing else.
func benchBatch(b *testing.B, db *bolt.DB, last *atomic.Uint64, jti string) string {
	op := &operation{content: appendRecord(nil, fullRecord())}
	op.key.identity = appendSession(nil, "", store.Locate(jti).Session)
	sequence := last.Add(1)
	op.seal(sequence, 0)
	if err := db.Batch(func(tx *bolt.Tx) error {
		bucket := tx.Bucket(bucketLog)
		bucket.FillPercent = 0.95
		return bucket.Put(binary.BigEndian.AppendUint64(nil, sequence), op.value)
	}); err != nil {
		b.Error(err)
	}
	return store.Successor(jti)
}
