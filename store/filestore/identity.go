// SPDX-License-Identifier: Apache-2.0

package filestore

import "github.com/caddyrefresh/caddyrefresh/store"

// Identity implements store.Identifier: the file's absolute path, links followed.
func (s *Store) Identity() string { return s.key }

var _ store.Identifier = (*Store)(nil)
