// SPDX-License-Identifier: Apache-2.0

package filestore

import "github.com/caddyrefresh/caddyrefresh/store"

// Location implements store.Locator. The conventions have no name for bbolt, and allow
// others than theirs.
func (s *Store) Location() store.Location {
	return store.Location{System: "bbolt", Namespace: s.key}
}

var _ store.Locator = (*Store)(nil)
