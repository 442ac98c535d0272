// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"context"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Inspect implements store.Inspector. A file that no other process has is opened,
// as when a configuration loads; one that is not there is not made.
func (s *Store) Inspect(ctx context.Context, _ *store.Inspection) store.Report {
	return s.file.Inspect(ctx)
}

// Peek implements store.Inspector.
func (s *Store) Peek(ctx context.Context, c *store.Check) (store.Answer, error) {
	return s.file.Peek(ctx, c)
}

var _ store.Inspector = (*Store)(nil)
