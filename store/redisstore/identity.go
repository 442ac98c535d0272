// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"slices"
	"strconv"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// Identity implements store.Identifier: where Redis is, the database, and what every
// key begins with. The login is left out, since it changes no record.
func (s *Store) Identity() string { return s.identity }

// identity names the records below a prefix. The order of sentinels or of cluster
// nodes does not matter.
func (l *link) identity(prefix string) string {
	addresses := slices.Clone(l.Addresses)
	for i := range addresses {
		if !isSocket(addresses[i]) {
			addresses[i] = strings.ToLower(addresses[i])
		}
	}
	slices.Sort(addresses)
	return strings.Join([]string{
		strings.Join(slices.Compact(addresses), ","), l.SentinelMaster, strconv.Itoa(l.DB), prefix,
	}, " ")
}

var _ store.Identifier = (*Store)(nil)
