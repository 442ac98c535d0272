// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Status implements store.Store. Django's tables have no cheap count, and
// flushexpiredtokens is what removes rows. Up is that all tables can be read.
func (s *Store) Status(ctx context.Context) store.Status {
	st := store.Status{Kind: kind, Entries: -1, Purged: -1}
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
		f, err := l.look(ctx, conn, new(question))
		st.Now = f.now
		return err == nil, err
	})
	st.Up = err == nil
	s.state.mu.Lock()
	st.LastError, st.LastErrorAt = s.state.lastError, s.state.lastErrorAt
	s.state.mu.Unlock()
	return st
}
