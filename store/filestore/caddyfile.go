// SPDX-License-Identifier: Apache-2.0

package filestore

import (
	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
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
		return d.ArgErr()
	}
	for nesting := d.Nesting(); d.NextBlock(nesting); {
		switch d.Val() {
		case "timeout":
			if s.Timeout != 0 {
				return d.Err("timeout already specified")
			}
			if !d.NextArg() {
				return d.ArgErr()
			}
			timeout, err := caddy.ParseDuration(d.Val())
			if err != nil {
				return d.Errf("bad timeout '%s': write a duration such as 250ms", d.Val())
			}
			if timeout <= 0 {
				return d.Errf("timeout '%s' must be positive", d.Val())
			}
			s.Timeout = caddy.Duration(timeout)
			if d.NextArg() {
				return d.ArgErr()
			}
		default:
			return d.Errf("unrecognized subdirective '%s'", d.Val())
		}
	}
	return nil
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Store)(nil)
