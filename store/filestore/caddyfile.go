// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// UnmarshalCaddyfile sets up the store from Caddyfile tokens. Syntax:
//
//	store file [<path>] {
//		timeout <duration>
//	}
func (s *Store) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume the store's name
	if d.NextArg() {
		s.Path = d.Val()
		if s.Path == "" {
			return d.Err("the path of the file store is empty: leave it out for the default")
		}
	}
	if d.NextArg() {
		return d.Err("store file takes one path: put it in quotes if it has spaces")
	}
	return setting.Each(d, func(name string) error {
		if name != "timeout" {
			return d.Errf("store file has no setting %s: write timeout <duration>", name)
		}
		return setting.Timeout(d, &s.Timeout)
	})
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Store)(nil)
