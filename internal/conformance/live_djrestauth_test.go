// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package conformance

import (
	"math/rand/v2"
	"sync"
	"testing"
)

// djRestAuthRequests is how many requests each configuration gets with each release of
// dj-rest-auth, at least.
const djRestAuthRequests = 220

// TestLiveDJRestAuth sends the catalogue and random requests to the edge and to each
// release of dj-rest-auth, side by side. What is left in the answers' cookies but tokens
// and the moments of the clock is compared to the byte. CONFORMANCE_REQUESTS has no part
// in it.
func TestLiveDJRestAuth(t *testing.T) {
	for _, version := range djRestAuthReleases {
		t.Run(version, func(t *testing.T) {
			eachSet(t, []*Set{Newest()}, func(t *testing.T, rel *Set, seed uint64) {
				compareDJRestAuth(t, rel, version, seed)
			})
		})
	}
}

// compareDJRestAuth compares an edge with a release of dj-rest-auth. Where there is the
// blacklist app the edge has a database of its own, and remembers the same in it.
func compareDJRestAuth(t *testing.T, rel *Set, version string, seed uint64) {
	database, err := Database(t.Context(), rel, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{SpendDSN, RememberDSN} {
		own, err := OwnDatabase(Profile{Name: name, Remembers: true}, database)
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, "sqlite://"+own)
	}
	l := startLive(t, rel, DJRestAuthProfiles(version))
	var running sync.WaitGroup
	for i, s := range l.sites {
		running.Go(func() {
			a := &arena{live: l, t: t, site: s, once: s.Profile.Spends}
			// A Django's first answer takes long, and what spends is not sent twice.
			if _, err := a.ask(Request{Method: "GET", Target: ProtectedPath}); err != nil {
				t.Error(err)
			}
			for _, c := range Catalogue(rel, s.Profile, now()) {
				if !c.Exact {
					a.try(c)
				}
			}
			rng := rand.New(rand.NewPCG(seed, uint64(i)))
			for a.n < djRestAuthRequests {
				a.try(Random(rel, s.Profile, now(), rng))
			}
		})
	}
	running.Wait()
	t.Logf("dj-rest-auth %s: %d requests, %d the same, %d unexplained; by row: %v; by Django's status: %v; access tokens of the edge that Django took: %v",
		version, l.sent, l.same, l.failed, sorted(l.rows), sorted(l.status), sorted(l.accepted))
	for _, s := range l.sites {
		if l.accepted[s.Profile.Name] == 0 {
			t.Errorf("profile %s: Django took no access token of the edge", s.Profile.Name)
		}
	}
}
