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
//		tls             [on|off] {
//			ca          <file>   # authorities to trust; default: the system's
//			cert        <file>   # the client's certificate, and
//			key         <file>   # its key
//			server_name <name>   # in the server's certificate
//		}
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
		return d.Err(noAddress)
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
		return s.unmarshalTLS(d)
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

func (s *Store) unmarshalTLS(d *caddyfile.Dispenser) error {
	if err := setting.Switch(d, &s.TLS); err != nil {
		return err
	}
	on := s.TLS
	return setting.Each(d, func(name string) error {
		if !on {
			return d.Errf("tls off takes no block: delete the block, or write tls without off")
		}
		switch name {
		case "ca":
			return setting.Text(d, &s.TLSCA)
		case "cert":
			return setting.Text(d, &s.TLSCert)
		case "key":
			return setting.Text(d, &s.TLSKey)
		case "server_name":
			return setting.Text(d, &s.TLSServerName)
		default:
			return d.Errf("tls of store redis has no setting %s: write one of ca, cert, key, server_name", name)
		}
	})
}
