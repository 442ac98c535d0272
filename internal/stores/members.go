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

// Configuration tells one loaded configuration from another. It is compared, and
// nothing else.
type Configuration any

// Join makes a member known to the admin API and the metrics, unless it cannot
// live with one that is there in the same configuration. First says that it is the
// first one of its store there. Each success wants one [Member.Leave].
func Join(m *Member, configuration Configuration) (first bool, err error) {
	members.Lock()
	defer members.Unlock()
	first = true
	for other, loaded := range members.of {
		if loaded != configuration || other.Store.resource != m.Store.resource {
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

// beside refuses a member that shares another's store and could not read its
// tokens, or accepts its tokens and does not see what became of them.
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

// shareKey reports whether a token that one of the keys of a verifies can be good
// for those of b.
func shareKey(a, b []*simplejwt.Key) bool {
	return slices.ContainsFunc(a, func(k *simplejwt.Key) bool {
		return slices.ContainsFunc(b, k.Same)
	})
}

// resourceOf tells the records of a store from others: by where they are, else by
// its settings.
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

// Resource tells the records of m from others: two processes that name the same
// place have the same.
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
