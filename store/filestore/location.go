// SPDX-License-Identifier: Apache-2.0

package filestore

import "github.com/caddyrefresh/caddyrefresh/store"

// Location implements store.Locator. The file is one of SQLite.
func (s *Store) Location() store.Location {
	return store.Location{System: "sqlite", Namespace: s.key}
}

var _ store.Locator = (*Store)(nil)
