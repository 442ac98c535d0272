// SPDX-License-Identifier: Apache-2.0

package caddyrefresh

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// members are the handlers that have a store, of all configurations that are
// loaded: during a reload there are two.
var members = struct {
	sync.Mutex
	of map[*Handler]*prometheus.Registry // which each configuration has one of
}{of: make(map[*Handler]*prometheus.Registry)}

// join makes the handler known to the admin API, unless it cannot live with one
// that is there.
func (h *Handler) join() error {
	if h.store == nil {
		return nil
	}
	configuration := h.ctx.GetMetricsRegistry()
	members.Lock()
	defer members.Unlock()
	first := true
	for other, its := range members.of {
		if its != configuration || other.store.resource != h.store.resource {
			continue
		}
		if err := h.beside(other); err != nil {
			return err
		}
		first = false
	}
	members.of[h] = configuration
	if first {
		return h.watchStart() // once for each store
	}
	return nil
}

// beside refuses a handler that shares another's store and could not read its
// tokens, or accepts its tokens and does not see what became of them.
func (h *Handler) beside(other *Handler) error {
	if h.Name == other.Name {
		if !other.signingKey.Same(h.signingKey) {
			return fmt.Errorf("two token_refresh share the store and the name %q, but not the signing_key: "+
				"give each a name of its own, or the same key", h.Name)
		}
		return nil
	}
	// Django's tables have no names in them: there all handlers see one truth.
	if h.Separate || other.Separate || h.store.Traits().SharesBackend || !shareKey(h.keys, other.keys) {
		return nil
	}
	first, second := min(h.Name, other.Name), max(h.Name, other.Name)
	return fmt.Errorf("two token_refresh share the store and a key, but not the name (%q and %q), "+
		"so a token that was spent or revoked at one would be good at the other: "+
		"give both the same name; if two truths are meant, write name %s separate", first, second, second)
}

// shareKey says whether a token that one of the keys of a verifies can be good
// for those of b.
func shareKey(a, b []*simplejwt.Key) bool {
	return slices.ContainsFunc(a, func(k *simplejwt.Key) bool {
		return slices.ContainsFunc(b, k.Same)
	})
}

func (h *Handler) leave() {
	members.Lock()
	defer members.Unlock()
	delete(members.of, h)
}

// resourceOf tells the records of a store from others: by where they are, else
// by the settings. The timeout changes no record.
func resourceOf(s store.Store, raw json.RawMessage) string {
	if identifier, ok := s.(store.Identifier); ok {
		return s.Traits().Kind + " " + identifier.Identity()
	}
	settings := make(map[string]any)
	if raw != nil {
		_ = json.Unmarshal(raw, &settings) // the store has been loaded from it
	}
	delete(settings, "timeout")
	resource, _ := json.Marshal(settings)
	return string(resource)
}

// storesOf returns the stores of the handlers with that name, each one once.
func storesOf(name string) []*monitoredStore {
	members.Lock()
	defer members.Unlock()
	var found []*monitoredStore
	for h := range members.of {
		same := func(s *monitoredStore) bool { return s.resource == h.store.resource }
		if h.Name == name && !slices.ContainsFunc(found, same) {
			found = append(found, h.store)
		}
	}
	return found
}

// memberNames returns the names of the handlers that have a store.
func memberNames() []string {
	members.Lock()
	defer members.Unlock()
	names := make([]string, 0, len(members.of))
	for h := range members.of {
		names = append(names, h.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
