// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// share is how many of the requests of a release go to a profile, of all shares
// together.
var share = map[string]int{
	"default": 5, "rotate": 2, "audience-list": 3, "audience-one": 2, "custom": 3, "hs384": 3, "json-only": 2,
	"no-type": 2, "no-id": 2, "neither": 2,
	"sliding": 1, "sliding-custom": 1, "rs256": 1, "es256": 1, "ps256": 1, "eddsa": 1,
}

// How many requests a set gets: one of its time, and one whose libraries vary.
const (
	requestsOfItsTime  = 3200
	requestsOfVariants = 1000
)

// TestLive sends the catalogue and a few thousand random requests to the edge
// and to the Django of each set, side by side. Each difference is a row of
// docs/parity.md. CONFORMANCE_SEED repeats a run, CONFORMANCE_REQUESTS sets the
// number of requests per set, CONFORMANCE_RELEASE picks one set.
func TestLive(t *testing.T) {
	eachSet(t, Sets(), func(t *testing.T, rel *Set, seed uint64) {
		profiles, requests := variantProfiles(), int64(requestsOfVariants)
		if rel.IsContemporary() {
			profiles, requests = slices.Concat(Profiles(), UnnamedProfiles(), []Profile{JSONOnlyProfile()}), requestsOfItsTime
		}
		compareSet(t, rel, profiles, seed, int(setting(t, "CONFORMANCE_REQUESTS", requests)))
	})
}

// variantProfiles are the configurations that a set gets whose SimpleJWT is tried with
// all of them beside the libraries of its time. One Django each would take most of a
// set's time to start.
func variantProfiles() []Profile {
	return slices.DeleteFunc(Profiles(), func(p Profile) bool {
		return !slices.Contains([]string{"default", "rotate", "audience-list", "custom"}, p.Name)
	})
}

// requestsPerKey is how many requests a pair of keys gets.
const requestsPerKey = 240

// TestLiveKeys is TestLive for keys that are pairs. CONFORMANCE_REQUESTS has no
// part in it.
func TestLiveKeys(t *testing.T) {
	eachSet(t, manySidedSets(), func(t *testing.T, rel *Set, seed uint64) {
		profiles := KeyProfiles(rel)
		compareSet(t, rel, profiles, seed, requestsPerKey*len(profiles))
	})
}

// slidingRequests is how many requests a set gets for sliding tokens.
const slidingRequests = 800

// TestLiveSliding is TestLive for sliding tokens. CONFORMANCE_REQUESTS has no part in
// it.
func TestLiveSliding(t *testing.T) {
	eachSet(t, manySidedSets(), func(t *testing.T, rel *Set, seed uint64) {
		compareSet(t, rel, SlidingProfiles(), seed, slidingRequests)
	})
}

// compareSet compares an edge with a set's Django.
func compareSet(t *testing.T, rel *Set, profiles []Profile, seed uint64, requests int) {
	l := startLive(t, rel, profiles)
	l.run(t, seed, requests)
	l.report(t, requests)
}

// manySidedSets are those that are tried with stories and pairs of keys as well: of
// their time, and the newest beside the default SimpleJWT and the newest one.
func manySidedSets() []*Set {
	return append(Contemporary(), MustSet(release.Default+"-newest"), MustSet(Newest().Name+"-newest"))
}

// eachSet runs a test for each set that was asked for.
func eachSet(t *testing.T, sets []*Set, test func(t *testing.T, rel *Set, seed uint64)) {
	t.Helper()
	seed := uint64(setting(t, "CONFORMANCE_SEED", time.Now().UnixNano()))
	t.Logf("CONFORMANCE_SEED=%d", seed)
	for _, rel := range sets {
		if only := os.Getenv("CONFORMANCE_RELEASE"); only != "" && only != rel.Name {
			continue
		}
		t.Run(rel.Name, func(t *testing.T) { test(t, rel, seed) })
	}
}

// setting reads a number from the environment.
func setting(t *testing.T, name string, otherwise int64) int64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// live is one set, running.
type live struct {
	rel   *Set
	sites []Site

	mu                 sync.Mutex
	sent, same, failed int
	rows               map[string]int
	status             map[int]int
	accepted           map[string]int // by profile, access tokens of the edge
	crossed            map[string]int // by profile, refresh tokens that went on at the other side
}

// startLive starts a Django for each profile, all at once, and the edge in
// front of them.
func startLive(t *testing.T, rel *Set, profiles []Profile) *live {
	t.Helper()
	dir := t.TempDir()
	database, err := Database(t.Context(), rel, dir)
	if err != nil {
		t.Fatal(err)
	}
	l := &live{rel: rel, rows: map[string]int{}, status: map[int]int{}, accepted: map[string]int{}, crossed: map[string]int{}}
	var starting sync.WaitGroup
	l.sites = make([]Site, len(profiles))
	for i, p := range profiles {
		starting.Go(func() {
			django, err := Django(t.Context(), rel, p, ownDatabase(t, p, database), false)
			if err != nil {
				t.Errorf("profile %s: %v", p.Name, err)
				return
			}
			t.Cleanup(func() { stop(t, django) })
			l.sites[i] = Site{Profile: p, Django: django.Addr}
		})
	}
	starting.Wait()
	if t.Failed() {
		t.FailNow()
	}
	edge, err := Edge(rel, edgeBinary(t), dir, l.sites)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stopEdge(t, edge) })
	return l
}

func ownDatabase(t *testing.T, p Profile, database string) string {
	t.Helper()
	own, err := OwnDatabase(p, database)
	if err != nil {
		t.Error(err)
	}
	return own
}

// stopEdge stops an edge, and wants its log to have no error.
func stopEdge(t *testing.T, edge *Server) {
	t.Helper()
	stop(t, edge)
	for line := range strings.Lines(edge.Log()) {
		if strings.Contains(line, `"level":"error"`) || strings.Contains(line, "panic") {
			t.Errorf("the edge's log: %s", line)
		}
	}
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

// run sends everything, the profiles side by side.
func (l *live) run(t *testing.T, seed uint64, requests int) {
	shares := 0
	for _, s := range l.sites {
		shares += share[s.Profile.Name]
	}
	var running sync.WaitGroup
	for i, s := range l.sites {
		running.Go(func() {
			a := &arena{live: l, t: t, site: s}
			for _, c := range Catalogue(l.rel, s.Profile, now()) {
				if !c.Exact {
					a.try(c)
				}
			}
			a.passThrough()
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			for a.n < requests*share[s.Profile.Name]/shares+1 {
				a.try(Random(l.rel, s.Profile, now(), rng))
			}
		})
	}
	running.Wait()
}

func now() float64 { return float64(time.Now().UnixMicro()) / 1e6 }

// report prints the counts and wants them to mean something.
func (l *live) report(t *testing.T, requests int) {
	t.Logf("%s (%s): %d requests, %d the same, %d unexplained; by row: %v; by Django's status: %v", l.rel.Name, l.rel.Installed, l.sent, l.same, l.failed, sorted(l.rows), sorted(l.status))
	t.Logf("%s: access tokens of the edge that Django took: %v; refresh tokens that went on at the other side: %v", l.rel.Name, sorted(l.accepted), sorted(l.crossed))
	if l.sent < requests {
		t.Errorf("%d requests, want %d", l.sent, requests)
	}
	for _, s := range l.sites {
		p := &s.Profile
		if l.rel.RotationNeedsApp && p.Rotates && !p.Remembers {
			continue // Django answers 500, and nothing is left to compare
		}
		if l.accepted[p.Name] == 0 {
			t.Errorf("profile %s: Django took no access token of the edge", p.Name)
		}
		if p.Rotates && l.crossed[p.Name] == 0 {
			t.Errorf("profile %s: no refresh token went on at the other side", p.Name)
		}
	}
}

func sorted[K int | string](counts map[K]int) string {
	out := ""
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out += fmt.Sprintf(" %v=%d", k, counts[k])
	}
	return out
}
