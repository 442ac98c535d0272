// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package redisstore

import (
	"math"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	crowd = 10_000

	// late is how much later than its bound an answer may come.
	late = 250 * time.Millisecond
)

// rush runs both functions crowd times, all at once, and returns the longest time that
// each of them took.
func rush(a func(i int), b func()) (longestA, longestB time.Duration) {
	var longest [2]atomic.Int64
	var wg sync.WaitGroup
	for i := range 2 * crowd {
		wg.Go(func() {
			began := time.Now()
			if i%2 == 0 {
				a(i / 2)
			} else {
				b()
			}
			for took := int64(time.Since(began)); ; {
				if old := longest[i%2].Load(); took <= old || longest[i%2].CompareAndSwap(old, took) {
					break
				}
			}
		})
	}
	wg.Wait()
	return time.Duration(longest[0].Load()), time.Duration(longest[1].Load())
}

// A server that hangs in the middle of a rush, when nothing has hinted at it: no
// answer comes later than the bound, the memory does not grow with the rounds,
// and all is well when the server goes on. Before, callers waited in the client
// library's queue, up to 11 s where 0.5 were promised. HANG_ROUNDS is how often
// (make hang: 50). What a busy machine adds is taken off, twice, since a request
// has to be run twice to be answered: that is how late goroutines are that do
// nothing but sleep as long, one beside each request. On an idle machine it is
// some milliseconds.
func TestHangingUnderLoad(t *testing.T) {
	rounds := 3
	if text := os.Getenv("HANG_ROUNDS"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil {
			t.Fatalf("HANG_ROUNDS: %v", err)
		}
	}
	server := redistest.Start(t)
	s := open(t, &Store{Addresses: []string{server.Addr}})
	var worst, over time.Duration
	beyond, idlest := 0, time.Duration(math.MaxInt64)
	var memory []uint64
	for round := range rounds {
		healthy(t, s)
		spends := make([]*store.Spend, crowd)
		for i := range spends {
			spends[i] = spending(login(), 0)
		}
		server.Pause()
		took, machine := rush(func(i int) {
			if a, err := s.Spend(t.Context(), spends[i]); err == nil {
				t.Errorf("Spend = %v while the server hangs", a.Verdict)
			}
		}, func() { time.Sleep(s.timeout) })
		machine -= s.timeout
		over = max(over, took-s.timeout-machine)
		memory = append(memory, heap())
		server.Resume()
		worst = max(worst, took)
		if took > s.timeout+late {
			beyond++
			idlest = min(idlest, machine)
		}
		if took > s.timeout+late+2*machine {
			t.Errorf("round %d: the slowest answer took %v, bound to %v; this machine adds %v to a timer", round, took, s.timeout, machine)
		}
	}
	healthy(t, s)
	if beyond > 0 {
		t.Logf("in %d rounds an answer came more than %v late, where sleepers were %v late or more", beyond, late, idlest)
	}
	first, last := memory[0], memory[len(memory)-1]
	t.Logf("slowest of %d answers in %d rounds: %v, bound to %v; at most %v later than a sleeper; memory while the server hangs: %d MB, at the end %d MB",
		crowd*rounds, rounds, worst, s.timeout, over, first>>20, last>>20)
	if last > first+64<<20 {
		t.Errorf("%d MB are in use while the server hangs, %d MB in the first round", last>>20, first>>20)
	}
}

// heap returns how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
