// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"strconv"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
)

// UnmarshalCaddyfile sets up the store from Caddyfile tokens. Syntax:
//
//	django <dsn> {
//		user_table      <name>      # AUTH_USER_MODEL's table
//		active_field    <column>
//		password_field  <column>
//		schema          <name>
//		time_zone       <IANA name> # TIME_ZONE, where USE_TZ is False
//		max_connections <n>
//		timeout         <duration>
//	}
//
// Each subdirective may be given once.
func (s *Store) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // consume store name
	if !d.AllArgs(&s.DSN) || s.DSN == "" {
		return d.Err("store django takes the database's URL: write store django {env.DATABASE_URL}, and look whether a {$NAME} was empty")
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
	case "user_table":
		return parseText(d, &s.UserTable)
	case "active_field":
		return parseText(d, &s.ActiveField)
	case "password_field":
		return parseText(d, &s.PasswordField)
	case "schema":
		return parseText(d, &s.Schema)
	case "time_zone":
		return parseText(d, &s.TimeZone)
	case "max_connections":
		var text string
		if err := parseText(d, &text); err != nil {
			return err
		}
		number, err := strconv.Atoi(text)
		if err != nil || number < 1 || number > maxConnections {
			return d.Errf("max_connections %q is out of range: write a number from 1 to %d; %d is the default", text, maxConnections, defaultConnections)
		}
		s.MaxConnections = number
		return nil
	case "timeout":
		return parseTimeout(d, &s.Timeout)
	default:
		return d.Errf("store django has no setting %s: write one of user_table, active_field, password_field, schema, time_zone, max_connections, timeout", name)
	}
}

func parseText(d *caddyfile.Dispenser, into *string) error {
	name := d.Val()
	if !d.AllArgs(into) || *into == "" {
		return d.Errf("%s takes one value: write %s <value>, in quotes if it has spaces", name, name)
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
