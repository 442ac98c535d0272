// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package edges

import (
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/redistest"
	"github.com/caddyrefresh/caddyrefresh/store"
)

const (
	kills      = 10  // the environment variable TORTURE sets another number
	forgiven   = 32  // clients of the site with a grace
	unforgiven = 8   // clients of the one without
	remembered = 400 // tokens of each client that are shown again
	grace      = 60 * time.Second
)

const (
	longestRound = 300 * time.Millisecond
	surely       = grace - 10*time.Second // within the grace, by a clock of ours
)

// delivered is a token whose successor its client has got.
type delivered struct {
	token     string
	successor string // as it came
	at        time.Time
}

// device is a client that refreshes as fast as it can.
type device struct {
	site   int
	token  string    // the newest
	asked  time.Time // when it was first sent without an answer; else zero
	spent  []delivered
	before int // of spent, judged after an earlier kill
}

// torture is an edge with a file that is killed at random moments.
type torture struct {
	*testing.T
	e                        *edge
	down                     atomic.Bool
	rotated, replayed, ended atomic.Int64
}

// TestKill kills an edge with the file store under load, again and again. No
// token whose successor was delivered is ever fresh again, and within the grace
// each client whose answer was lost goes on.
func TestKill(t *testing.T) {
	rounds := kills
	if text := os.Getenv("TORTURE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("TORTURE=%s: write the number of kills", text)
		}
		rounds = n
	}
	const file = "signing_key {env.EDGES_KEY}\nstore file {\n" + patient + "\n}\n"
	k := &torture{T: t, e: newEdge(t, file+"name strict separate", file+"name graced\nreuse_grace 60s")}
	var devices []*device
	for i := range forgiven + unforgiven {
		d := &device{site: graced, token: login()}
		if i >= forgiven {
			d.site = strict
		}
		devices = append(devices, d)
	}
	k.e.start()
	done := 0
	// A run without a single lost answer would say nothing about those.
	for ; done < rounds || k.replayed.Load() == 0 && done < 10*rounds; done++ {
		k.round(devices)
		k.e.kill()
		k.e.start()
		k.judge(devices)
		if t.Failed() {
			t.Fatalf("after %d kills", done+1)
		}
	}
	t.Logf("%d kills, %d rotations, %d lost answers repeated, %d sessions without a grace ended by one",
		done, k.rotated.Load(), k.replayed.Load(), k.ended.Load())
	if k.replayed.Load() == 0 {
		t.Error("no kill hit between the write and the answer")
	}
}

// round lets the devices go on and kills the edge in the midst of it.
func (k *torture) round(devices []*device) {
	k.down.Store(false)
	var running sync.WaitGroup
	from := k.rotated.Load()
	for _, d := range devices {
		running.Go(func() { k.use(d) })
	}
	redistest.Eventually(k, "the devices go on", func() bool {
		return k.Failed() || k.rotated.Load() > from+int64(len(devices))
	})
	time.Sleep(rand.N(longestRound)) // what is asserted holds at any moment
	k.down.Store(true)
	k.e.kill()
	running.Wait()
}

// use refreshes until the edge is killed.
func (k *torture) use(d *device) {
	for {
		retry := !d.asked.IsZero()
		if !retry {
			d.asked = time.Now()
		}
		got, err := send(k.e.urls[d.site], "refresh", d.token)
		switch {
		case err != nil && k.down.Load():
			return
		case err != nil:
			k.Errorf("the edge is up: %v", err)
			return
		case got.status == 503:
			continue
		case got.status == 200 && (got.outcome == "rotated" || retry && d.site == graced && got.outcome == "replayed"):
			d.spent = append(d.spent, delivered{d.token, got.refresh, time.Now()})
			d.token, d.asked = got.refresh, time.Time{}
			k.rotated.Add(1)
			if got.outcome == "replayed" {
				k.replayed.Add(1)
			}
		case retry && d.site == strict && got == refusal("reused"):
			d.token, d.asked = login(), time.Time{} // the price of having no grace
			k.ended.Add(1)
		case retry && time.Since(d.asked) > surely:
			k.Errorf("the machine is too slow: a lost answer was asked for again after %v", time.Since(d.asked))
			return
		default:
			k.Errorf("site %d, retry %v: %+v", d.site, retry, got)
			return
		}
	}
}

// judge shows the restarted edge what was spent before the kill, and some of
// what was spent before earlier ones.
func (k *torture) judge(devices []*device) {
	var judging sync.WaitGroup
	for _, d := range devices {
		judging.Go(func() {
			shown := make([]int, 0, 45)
			for i := max(d.before, len(d.spent)-40); i < len(d.spent); i++ {
				shown = append(shown, i)
			}
			for range min(5, d.before) {
				shown = append(shown, rand.IntN(d.before))
			}
			for _, i := range shown {
				k.judgeOne(d, d.spent[i], len(d.spent)-i)
			}
			d.spent = d.spent[max(0, len(d.spent)-remembered):]
			d.before = len(d.spent)
		})
	}
	judging.Wait()
}

// judgeOne shows a token again that is the nth last whose successor was delivered.
// The store knows when the last eight were spent, one of which may be a token
// whose answer was lost: at the eighth it may know, and not at those before it.
func (k *torture) judgeOne(d *device, s delivered, nth int) {
	got, err := send(k.e.urls[d.site], "refresh", s.token)
	switch {
	case err != nil:
		k.Errorf("the edge is up: %v", err)
	case got == refusal("reused") && (d.site == strict || nth >= store.Remembered):
	case got == refusal("straggler") && d.site == graced && nth <= store.Remembered:
	case got.status == 200 && got.outcome == "replayed" && d.site == graced:
		if got.refresh != s.successor {
			k.Error("the repeat gives another token than the client has")
		}
	case got == refusal("reused") && d.site == graced && time.Since(s.at) > surely:
	default:
		k.Errorf("site %d: a token whose successor was delivered: %+v", d.site, got)
	}
}
