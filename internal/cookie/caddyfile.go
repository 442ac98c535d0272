// SPDX-License-Identifier: Apache-2.0

package cookie

import (
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// Parse reads the settings from a Caddyfile. Syntax:
//
//	cookies {
//		obtain_path <paths...> {
//			refresh <member>
//			access  <member>
//		}
//		refresh_cookie <name>
//		access_cookie  <name>
//		adopt
//		same_site      strict|lax
//		domain         <name>
//		insecure
//	}
//
// obtain_path may be repeated, any other subdirective is given once. A member is named
// from the top, with dots, such as data.tokens.refresh.
func Parse(d *caddyfile.Dispenser) (*Settings, error) {
	s := new(Settings)
	if d.NextArg() {
		return nil, d.Errf("cookies takes no argument, and %q is one: write settings in a block", d.Val())
	}
	err := setting.Each(d, func(name string) error {
		if err := s.parse(d, name); err != nil {
			return err
		}
		if name == "obtain_path" {
			return nil
		}
		return setting.NoBlock(d, name)
	}, "obtain_path")
	return s, err
}

func (s *Settings) parse(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "obtain_path":
		return s.parseObtain(d)
	case "refresh_cookie":
		return setting.Text(d, &s.RefreshCookie)
	case "access_cookie":
		return setting.Text(d, &s.AccessCookie)
	case "adopt":
		return setting.Switch(d, &s.Adopt)
	case "same_site":
		return setting.Text(d, &s.SameSite)
	case "domain":
		return setting.Text(d, &s.Domain)
	case "insecure":
		return setting.Switch(d, &s.Insecure)
	default:
		return d.Err(explain.Unknown(name, explain.Names[Settings]()))
	}
}

// parseObtain takes the paths of logins and the members of their answers.
func (s *Settings) parseObtain(d *caddyfile.Dispenser) error {
	var (
		paths []string
		o     Obtain
	)
	if err := setting.Texts(d, &paths); err != nil {
		return err
	}
	err := setting.Each(d, func(name string) error {
		switch name {
		case "refresh":
			return setting.Text(d, &o.Refresh)
		case "access":
			return setting.Text(d, &o.Access)
		default:
			return d.Errf("obtain_path has no %s: write refresh <member> and access <member>, such as refresh data.tokens.refresh", name)
		}
	})
	for _, path := range paths {
		o.Path = path
		s.ObtainPath = append(s.ObtainPath, o)
	}
	return err
}
