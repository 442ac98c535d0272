// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"math"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// UnmarshalCaddyfile sets up the store from Caddyfile tokens. Syntax:
//
//	redis <addresses...> {
//		username        <name>
//		password        <secret>
//		db              <n>
//		tls             [on|off]
//		sentinel_master <name>   # the addresses are sentinels
//		cluster         [on|off] # the addresses are nodes of a cluster
//		key_prefix      <text>
//		timeout         <duration>
//	}
//
// Each subdirective may be given once.
func (s *Store) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume store name
	s.Addresses = d.RemainingArgs()
	if len(s.Addresses) == 0 {
		return d.Err("store redis has no address: write store redis <host:port>")
	}
	return setting.Each(d, func(name string) error { return s.unmarshalSetting(d, name) })
}

func (s *Store) unmarshalSetting(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "username":
		return setting.Text(d, &s.Username)
	case "password":
		return setting.Secret(d, &s.Password)
	case "db":
		return setting.Number(d, &s.DB, 0, math.MaxInt32)
	case "tls":
		return setting.Switch(d, &s.TLS)
	case "sentinel_master":
		return setting.Text(d, &s.SentinelMaster)
	case "cluster":
		return setting.Switch(d, &s.Cluster)
	case "key_prefix":
		return setting.Text(d, &s.KeyPrefix)
	case "timeout":
		return setting.Timeout(d, &s.Timeout)
	default:
		return d.Errf("store redis has no setting %s: write one of username, password, db, tls, sentinel_master, cluster, key_prefix, timeout", name)
	}
}
