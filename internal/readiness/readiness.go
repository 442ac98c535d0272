// SPDX-License-Identifier: Apache-2.0

// Package readiness tells whether an edge can do its work: whether each store has
// answered since the start, and the keys at each jwk_url were fetched where a site
// could verify nothing without them. Once that is so an edge stays ready. A store that
// fails later makes it degraded, and no more: the edge passes on requests that need no
// store, and a balancer must not take it away from these.
package readiness

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/keyset"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
)

// patience is how long a question waits for what is not ready.
const patience = 2 * time.Second

// Site is what has to be ready of one token_refresh handler. It answers requests about
// itself.
type Site struct {
	Name  string
	Store *stores.Monitored // nil for none
	Keys  *keyset.Set       // nil if the site verifies tokens without them
}

// State is the state of one or several sites.
type State struct {
	Waiting  []Fault // what is missing; the sites are ready without
	Degraded []Fault // what fails now
}

// Ready reports whether nothing is missing.
func (s *State) Ready() bool { return len(s.Waiting) == 0 }

// Fault is what is wrong with a store or with keys.
type Fault struct {
	Name  string `json:"name"`  // of the handler
	Store string `json:"store"` // its kind, or jwk_url
	Why   string `json:"why"`
}

// sites are those of all configurations that are loaded: during a reload there are two.
var sites = struct {
	sync.Mutex
	of map[*Site]bool
}{of: make(map[*Site]bool)}

// Add makes a site known to [Ask]. Each call needs one [Site.Remove].
func Add(s *Site) {
	sites.Lock()
	defer sites.Unlock()
	sites.of[s] = true
}

// Remove forgets a site.
func (s *Site) Remove() {
	sites.Lock()
	defer sites.Unlock()
	delete(sites.of, s)
}

// all returns the sites that are known.
func all() (found []*Site) {
	sites.Lock()
	defer sites.Unlock()
	for s := range sites.of {
		found = append(found, s)
	}
	return found
}

// Ask returns the state of all sites.
func Ask(ctx context.Context) State { return ask(ctx, all()...) }

// ask asks the stores, and fetches keys that are missing. What is asked often is asked
// once a second.
func ask(ctx context.Context, sites ...*Site) (all State) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var (
		mu     sync.Mutex
		asking sync.WaitGroup
	)
	for _, s := range sites {
		asking.Go(func() {
			waiting, degraded := s.faults(ctx)
			mu.Lock()
			defer mu.Unlock()
			all.Waiting = append(all.Waiting, waiting...)
			all.Degraded = append(all.Degraded, degraded...)
		})
	}
	asking.Wait()
	all.Waiting, all.Degraded = distinct(all.Waiting), distinct(all.Degraded)
	return all
}

// distinct sorts faults and returns each one once: sites of one name may share a store.
func distinct(faults []Fault) []Fault {
	slices.SortFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Store, b.Store), cmp.Compare(a.Why, b.Why))
	})
	return slices.Compact(faults)
}

// faults asks what s needs.
func (s *Site) faults(ctx context.Context) (waiting, degraded []Fault) {
	if s.Store != nil {
		status, kind := s.Store.Probe(ctx), s.Store.Traits().Kind
		switch {
		case status.Up:
		case s.Store.Answered():
			degraded = append(degraded, Fault{s.Name, kind, cmp.Or(status.LastError, "store does not answer")})
		default:
			waiting = append(waiting, Fault{s.Name, kind, because("store has not answered yet", status.LastError)})
		}
	}
	if s.Keys != nil && !s.Keys.Fetched(ctx) {
		waiting = append(waiting, Fault{s.Name, "jwk_url", "keys have not been fetched yet"})
	}
	return waiting, degraded
}

// because adds the cause to a sentence, if it is known.
func because(sentence, cause string) string {
	if cause == "" {
		return sentence
	}
	return sentence + ": " + cause
}

// ready reports whether s is ready, as far as is known without asking.
func (s *Site) ready() bool {
	return (s.Store == nil || s.Store.Answered()) && (s.Keys == nil || s.Keys.Known())
}
