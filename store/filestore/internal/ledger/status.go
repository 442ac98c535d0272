// SPDX-License-Identifier: Apache-2.0

package ledger

import "github.com/caddyrefresh/caddyrefresh/store"

// Status tells how the file fares. Kind is left to the caller.
func (l *Ledger) Status() store.Status {
	l.state.Lock()
	defer l.state.Unlock()
	return store.Status{
		Up:          true,
		Now:         l.now(),
		Entries:     l.tokens.Load() + l.users.Load(),
		Purged:      l.state.purged,
		LastPurge:   l.state.lastPurge,
		LastError:   l.state.lastErr,
		LastErrorAt: l.state.lastErrAt,
	}
}

// fault notes an error for Status.
func (l *Ledger) fault(err error) {
	l.state.Lock()
	defer l.state.Unlock()
	l.state.lastErr, l.state.lastErrAt = err.Error(), l.now()
}
