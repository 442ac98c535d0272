// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/store/setting"
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
		return d.Err("store django takes the database's URL: write store django {env.DATABASE_URL}, and check whether a {$NAME} was empty")
	}
	return setting.Each(d, func(name string) error { return s.unmarshalSetting(d, name) })
}

func (s *Store) unmarshalSetting(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "user_table":
		return setting.Text(d, &s.UserTable)
	case "active_field":
		return setting.Text(d, &s.ActiveField)
	case "password_field":
		return setting.Text(d, &s.PasswordField)
	case "schema":
		return setting.Text(d, &s.Schema)
	case "time_zone":
		return setting.Text(d, &s.TimeZone)
	case "max_connections":
		return setting.Number(d, &s.MaxConnections, 1, maxConnections)
	case "timeout":
		return setting.Timeout(d, &s.Timeout)
	default:
		return d.Errf("store django has no setting %s: write one of user_table, active_field, password_field, schema, time_zone, max_connections, timeout", name)
	}
}
