// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"sync"
	"time"
)

// memorySize is how many users a generation of the memory holds.
const memorySize = 10_000

// memory holds the users who were active a moment ago, in two generations: when the
// younger one is full it becomes the older one, and what the older one held is
// forgotten. So it stays small without a search for old entries.
type memory struct {
	lifetime time.Duration

	mu       sync.Mutex
	young    map[string]time.Time // when the user was asked about
	old      map[string]time.Time
	capacity int
}

func newMemory(lifetime time.Duration) *memory {
	return &memory{lifetime: lifetime, young: make(map[string]time.Time), capacity: memorySize}
}

// has reports whether the user was active within the lifetime before now.
func (m *memory) has(user string, now time.Time) bool {
	if m.lifetime == 0 {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	asked, ok := m.young[user]
	if !ok {
		asked, ok = m.old[user]
	}
	age := now.Sub(asked)
	return ok && age >= 0 && age < m.lifetime
}

// note remembers that the user was active, by an answer to a question of that time.
func (m *memory) note(user string, asked time.Time) {
	if m.lifetime == 0 {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= m.capacity {
		m.young, m.old = make(map[string]time.Time), m.young
	}
	m.young[user] = asked
}
