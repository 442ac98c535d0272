// SPDX-License-Identifier: Apache-2.0

package djrestauth

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// Parse reads the settings from a Caddyfile. Syntax:
//
//	dj_rest_auth {
//		jwt_auth_cookie              <name>
//		jwt_auth_refresh_cookie      <name>
//		jwt_auth_refresh_cookie_path <path>
//		jwt_auth_secure              [on|off]
//		jwt_auth_httponly            [on|off]
//		jwt_auth_samesite            Lax|Strict|None|off
//		jwt_auth_cookie_domain       <name>
//		use_tz                       [on|off]
//		time_zone                    <zone>
//	}
//
// The block may be empty. Each subdirective is given once.
func Parse(d *caddyfile.Dispenser) (*Settings, error) {
	s := new(Settings)
	if d.NextArg() {
		return nil, d.Errf("dj_rest_auth takes no argument, and %q is one: write settings in a block", d.Val())
	}
	err := setting.Each(d, func(name string) error {
		if err := s.parse(d, name); err != nil {
			return err
		}
		return setting.NoBlock(d, name)
	})
	return s, err
}

func (s *Settings) parse(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "jwt_auth_cookie":
		return setting.Text(d, &s.JWTAuthCookie)
	case "jwt_auth_refresh_cookie":
		return setting.Text(d, &s.JWTAuthRefreshCookie)
	case "jwt_auth_refresh_cookie_path":
		return setting.Text(d, &s.JWTAuthRefreshCookiePath)
	case "jwt_auth_secure":
		return setting.Switch(d, &s.JWTAuthSecure)
	case "jwt_auth_httponly":
		s.JWTAuthHTTPOnly = new(bool)
		return setting.Switch(d, s.JWTAuthHTTPOnly)
	case "jwt_auth_samesite":
		if !d.AllArgs(&s.JWTAuthSameSite) || s.JWTAuthSameSite == "" {
			return d.Err("jwt_auth_samesite takes one value: write Lax, Strict or None, or off for Python's None")
		}
		return nil
	case "jwt_auth_cookie_domain":
		return setting.Text(d, &s.JWTAuthCookieDomain)
	case "use_tz":
		s.UseTZ = new(bool)
		return setting.Switch(d, s.UseTZ)
	case "time_zone":
		return setting.Text(d, &s.TimeZone)
	default:
		return d.Err(explain.Unknown(name, explain.Names[Settings]()))
	}
}
