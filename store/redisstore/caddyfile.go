// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
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
	seen := make(map[string]bool)
	for d.NextBlock(0) {
		name := d.Val()
		if seen[name] {
			return d.Errf("%s is given twice: delete one of the lines", name)
		}
		seen[name] = true
		if err := s.unmarshalSetting(d, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) unmarshalSetting(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "username":
		return parseText(d, &s.Username)
	case "password":
		if !d.AllArgs(&s.Password) || s.Password == "" {
			return d.Err("password takes one value: write password {env.NAME} or password {file./path}, and look whether a {$NAME} was empty")
		}
		return nil
	case "db":
		var text string
		if err := parseText(d, &text); err != nil {
			return err
		}
		number, err := strconv.Atoi(text)
		if err != nil || number < 0 {
			return d.Errf("db %q is no database: write its number, 0 or more", text)
		}
		s.DB = number
		return nil
	case "tls":
		return parseSwitch(d, &s.TLS)
	case "sentinel_master":
		return parseText(d, &s.SentinelMaster)
	case "cluster":
		return parseSwitch(d, &s.Cluster)
	case "key_prefix":
		return parseText(d, &s.KeyPrefix)
	case "timeout":
		return parseTimeout(d, &s.Timeout)
	default:
		return d.Errf("store redis has no setting %s: write one of username, password, db, tls, sentinel_master, cluster, key_prefix, timeout", name)
	}
}

func parseText(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	if !d.AllArgs(into) || *into == "" {
		return d.Errf("%s takes one value: write %s <value>, in quotes if it has spaces", name, name)
	}
	return nil
}

// parseSwitch takes on, off, or nothing for on.
func parseSwitch(d *caddyfile.Dispenser, into *bool) error {
	name := d.Val()
	switch args := d.RemainingArgs(); {
	case len(args) == 0, len(args) == 1 && args[0] == "on":
		*into = true
	case len(args) == 1 && args[0] == "off":
		*into = false
	default:
		return d.Errf("%s takes on or off: write %s, or %s off", name, name, name)
	}
	return nil
}

func parseTimeout(d *caddyfile.Dispenser, into *caddy.Duration) error {
	var text string
	if !d.AllArgs(&text) {
		return d.Err("timeout takes one duration: write timeout 250ms, say")
	}
	duration, err := caddy.ParseDuration(text)
	if err != nil {
		if _, number := strconv.ParseFloat(text, 64); number == nil {
			return d.Errf("timeout %s has no unit: write %sms for milliseconds", text, text)
		}
		return d.Errf("timeout %q is no duration: write a number with a unit, such as 250ms", text)
	}
	// Zero would read as unset once it is JSON.
	if duration <= 0 || duration > maxTimeout {
		return d.Errf("timeout %s is out of range: write a duration above 0s and up to 10s; 250ms is the default", text)
	}
	*into = caddy.Duration(duration)
	return nil
}
