// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/conformance"
)

const (
	shotsByDefault = 1000
	guns           = 4   // at once, for each protocol
	shown          = 100 // of what got through
)

// TestHunt wants that no request which the edge lets through reaches Django's
// own refresh, verify or blacklist view.
func TestHunt(t *testing.T) {
	n := number(t, "HUNT", shotsByDefault)
	seed := uint64(number(t, "HUNT_SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("HUNT_SEED=%d", seed)
	binary := os.Getenv("HUNT_EDGE")
	if binary == "" {
		var err error
		if binary, err = conformance.BuildEdge(t.Context(), t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	python, err := conformance.HuntEnvironment(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			dir := t.TempDir()
			log := filepath.Join(dir, "reached")
			backend := s.start(t, python, dir, log)
			e := startEdge(t, binary, dir, backend)
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			sent := make(map[string]shot)
			for _, p := range []struct {
				name string
				n    int
				gun  func() gun
			}{
				{"h1", n, func() gun { return &http1{addr: e.plain} }},
				{"h2", n / 4, func() gun { return &http2Gun{addr: e.secure} }},
				{"h3", n / 4, func() gun { return &http3Gun{ctx: t.Context(), addr: e.secure} }},
			} {
				shots := makeShots(r, p.name, p.n)
				for _, s := range shots {
					sent[s.id] = s
				}
				failed := volley(t.Context(), shots, p.gun)
				t.Logf("%s: %d of %d requests got no answer", p.name, failed, p.n)
				if failed > p.n/2 {
					t.Errorf("%s: most requests got no answer", p.name)
				}
			}
			inspect(t, log, sent)
		})
	}
}

// volley fires all shots and returns how many got no answer.
func volley(ctx context.Context, shots []shot, newGun func() gun) (failed int) {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		next = make(chan shot)
	)
	for range guns {
		wg.Go(func() {
			lost := shoot(newGun(), next)
			mu.Lock()
			failed += lost
			mu.Unlock()
		})
	}
	for _, s := range shots {
		if ctx.Err() != nil {
			break
		}
		next <- s
	}
	close(next)
	wg.Wait()
	return failed
}

// shoot fires what comes and returns how many shots got no answer.
func shoot(g gun, shots <-chan shot) (lost int) {
	open := false
	for s := range shots {
		var err error
		if !open {
			if err = g.dial(); err != nil {
				lost++
				continue
			}
		}
		if open, err = g.fire(s); err != nil {
			lost++
		}
		if !open {
			g.close()
		}
	}
	if open {
		g.close()
	}
	return lost
}

// inspect reads what Django wrote and prints the counts.
func inspect(t *testing.T, log string, sent map[string]shot) {
	t.Helper()
	time.Sleep(200 * time.Millisecond) // a proxy may have made a request that nobody waited for
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	reached := make(map[string]int)
	var through []string
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 3 {
			t.Fatalf("Django wrote %q", line)
		}
		id, method, view := fields[0], fields[1], fields[2]
		protocol, _, _ := strings.Cut(id, "-")
		reached[protocol]++
		if view != "other" && method == "POST" {
			through = append(through, fmt.Sprintf("%s reached %s: %s", id, view, sent[id]))
		}
	}
	fired := make(map[string]int)
	for id := range sent {
		protocol, _, _ := strings.Cut(id, "-")
		fired[protocol]++
	}
	for _, protocol := range []string{"h1", "h2", "h3"} {
		t.Logf("%s: %d sent, %d of them reached Django", protocol, fired[protocol], reached[protocol])
		if reached[protocol] == 0 {
			t.Errorf("%s: nothing reached Django, so nothing was tried", protocol)
		}
	}
	t.Logf("%d reached a view that is the edge's", len(through))
	slices.Sort(through)
	for _, line := range through[:min(len(through), shown)] {
		t.Error(line)
	}
}

func number(t *testing.T, variable string, fallback int) int {
	t.Helper()
	value := os.Getenv(variable)
	if value == "" {
		return fallback
	}
	n, err := strconv.Atoi(value)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}
