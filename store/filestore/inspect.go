// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"context"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Inspect implements store.Inspector. It opens a file that no other process has open,
// as the loading of a configuration does; a missing file is not made.
func (s *Store) Inspect(ctx context.Context, _ *store.Inspection) store.Report {
	return s.file.Inspect(ctx)
}

// Peek implements store.Inspector.
func (s *Store) Peek(ctx context.Context, c *store.Check) (store.Answer, error) {
	return s.file.Peek(ctx, c)
}

var _ store.Inspector = (*Store)(nil)
