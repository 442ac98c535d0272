// SPDX-License-Identifier: Apache-2.0

package stores

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
	"github.com/caddyrefresh/caddyrefresh/store"
)

// Member is a handler that has a store.
type Member struct {
	Name     string
	Separate bool             // it may share its store and a key with handlers of other names
	Keys     []*simplejwt.Key // that verify; the first one signs
	Store    *Monitored
}

// members are all of them, of all configurations that are loaded: during a reload
// there are two.
var members = struct {
	sync.Mutex
	of map[*Member]Configuration
}{of: make(map[*Member]Configuration)}

// Configuration tells one loaded configuration from another. It is only compared.
type Configuration any

// Join makes a member known to the admin API and the metrics. It is an error if m
// conflicts with another member of the configuration. First says that m is the first
// member with its store there. Each success needs one [Member.Leave].
func Join(m *Member, configuration Configuration) (first bool, err error) {
	members.Lock()
	defer members.Unlock()
	first = true
	for other, loaded := range members.of {
		if other.Store.resource != m.Store.resource {
			continue
		}
		// Also of the configuration before: a reload is no start.
		m.Store.answered = other.Store.answered
		if loaded != configuration {
			continue
		}
		if err := m.beside(other); err != nil {
			return false, err
		}
		first = false
	}
	members.of[m] = configuration
	return first, nil
}

// Leave forgets a member.
func (m *Member) Leave() {
	members.Lock()
	defer members.Unlock()
	delete(members.of, m)
}

// beside refuses a member that shares a store with other if m cannot verify the tokens
// of other, or verifies them and does not see which ones are spent or revoked.
func (m *Member) beside(other *Member) error {
	if m.Name == other.Name {
		if !other.Keys[0].Same(m.Keys[0]) {
			return fmt.Errorf("two token_refresh share the store and the name %q, but not the signing_key: "+
				"give each a name of its own, or the same key", m.Name)
		}
		return nil
	}
	// Django's tables have no names in them: all handlers see the same records there.
	if m.Separate || other.Separate || m.Store.Traits().SharesBackend || !shareKey(m.Keys, other.Keys) {
		return nil
	}
	first, second := min(m.Name, other.Name), max(m.Name, other.Name)
	return fmt.Errorf("two token_refresh share the store and a key, but not the name (%q and %q), "+
		"so a token that was spent or revoked at one would be good at the other: "+
		"give both the same name; if their tokens are separate on purpose, write name %s separate", first, second, second)
}

// shareKey reports whether a key of a and a key of b can verify the same token.
func shareKey(a, b []*simplejwt.Key) bool {
	return slices.ContainsFunc(a, func(k *simplejwt.Key) bool {
		return slices.ContainsFunc(b, k.Same)
	})
}

// resourceOf identifies the records of a store: by their place if the store tells it,
// else by its settings.
func resourceOf(s store.Store, raw json.RawMessage) string {
	if identifier, ok := s.(store.Identifier); ok {
		return s.Traits().Kind + " " + identifier.Identity()
	}
	settings := make(map[string]any)
	if raw != nil {
		_ = json.Unmarshal(raw, &settings) // the store has been loaded from it
	}
	resource, _ := json.Marshal(settings) // sorts the names
	return string(resource)
}

// Resource identifies the records of m. It is the same in two processes that use the
// same place.
func (m *Monitored) Resource() string { return m.resource }

// Named returns the stores of the members with that name, each one once.
func Named(name string) []*Monitored {
	members.Lock()
	defer members.Unlock()
	var found []*Monitored
	for m := range members.of {
		same := func(s *Monitored) bool { return s.resource == m.Store.resource }
		if m.Name == name && !slices.ContainsFunc(found, same) {
			found = append(found, m.Store)
		}
	}
	return found
}

// Names returns the names of all members, sorted, each one once.
func Names() []string {
	members.Lock()
	defer members.Unlock()
	names := make([]string, 0, len(members.of))
	for m := range members.of {
		names = append(names, m.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
