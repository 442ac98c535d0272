// SPDX-License-Identifier: Apache-2.0

// Package check looks at the sites of a configuration that is loaded and does not run:
// whether their stores and key sets work, and how they would answer a token. It spends
// and writes nothing.
package check

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/caddyrefresh/caddyrefresh/internal/keyset"
	"github.com/caddyrefresh/caddyrefresh/internal/site"
	"github.com/caddyrefresh/caddyrefresh/internal/stores"
	"github.com/caddyrefresh/caddyrefresh/internal/usercheck"
)

// Site is a token_refresh handler as it would run.
type Site struct {
	*site.Site
	Store  *stores.Monitored // nil for none
	KeySet *keyset.Set       // nil for none

	UserCheck *usercheck.Checker // nil for none
}

// Label names the site for a person.
func (s *Site) Label() string {
	at := cmp.Or(strings.Join(slices.Concat(s.RefreshPaths, s.SlidingPaths), " "), "no refresh path")
	if s.Name == "" {
		return at
	}
	return s.Name + " (" + at + ")"
}

// loaded are the sites of all configurations that are loaded.
var loaded = struct {
	sync.Mutex
	of map[*Site]stores.Configuration
}{of: make(map[*Site]stores.Configuration)}

// Add makes a site of a configuration known. Each call needs one [Site.Remove].
func Add(s *Site, c stores.Configuration) {
	loaded.Lock()
	defer loaded.Unlock()
	loaded.of[s] = c
}

// Remove forgets a site.
func (s *Site) Remove() {
	loaded.Lock()
	defer loaded.Unlock()
	delete(loaded.of, s)
}

// Sites returns the sites of a configuration, sorted by their labels.
func Sites(c stores.Configuration) []*Site {
	loaded.Lock()
	defer loaded.Unlock()
	var found []*Site
	for s, of := range loaded.of {
		if of == c {
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b *Site) int { return cmp.Compare(a.Label(), b.Label()) })
	return found
}
