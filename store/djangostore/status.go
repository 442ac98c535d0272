// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"context"
	"database/sql"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Status implements store.Store. Django's tables have no cheap count, and
// flushexpiredtokens removes the rows. Up means that all tables can be read and
// written: the statement that Status tries inserts nothing, and is refused like any
// other if the server is read-only or the user may not write.
func (s *Store) Status(ctx context.Context) store.Status {
	st := store.Status{Kind: kind, Entries: -1, Purged: -1}
	err := s.run(ctx, func(ctx context.Context, conn *sql.Conn, l *layout) (bool, error) {
		q, _ := ask(new(store.Token), store.UserChecks{}, l)
		f, err := l.look(ctx, conn, q)
		if err != nil {
			return false, err
		}
		st.Now = f.now
		err = s.pool.engine.tryWrite(ctx, conn, l)
		return err == nil, err
	})
	st.Up = err == nil
	s.state.mu.Lock()
	st.LastError, st.LastErrorAt = s.state.lastError, s.state.lastErrorAt
	s.state.mu.Unlock()
	return st
}
