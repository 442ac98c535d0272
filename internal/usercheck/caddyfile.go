// SPDX-License-Identifier: Apache-2.0

package usercheck

import (
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
	"github.com/caddyrefresh/caddyrefresh/store/setting"
)

// Parse reads the settings from a Caddyfile. Syntax:
//
//	user_check <url> {
//		header        <name> <value>
//		timeout       <duration>
//		cache         <duration>
//		max_in_flight <n>
//	}
//
// header may be repeated, any other subdirective is given once. The block may be left
// out.
func Parse(d *caddyfile.Dispenser) (*Settings, error) {
	s := new(Settings)
	if !d.NextArg() {
		return nil, d.Err("user_check takes a URL: write user_check https://host/internal/users/" + userID)
	}
	s.URL = d.Val()
	if d.NextArg() {
		return nil, d.Errf("user_check takes one URL, and %.40q is one more argument: write settings in a block", d.Val())
	}
	err := setting.Each(d, func(name string) error {
		if err := s.parse(d, name); err != nil {
			return err
		}
		return setting.NoBlock(d, name)
	}, "header")
	return s, err
}

func (s *Settings) parse(d *caddyfile.Dispenser, name string) error {
	switch name {
	case "header":
		return s.parseHeader(d)
	case "timeout":
		return setting.Duration(d, &s.Timeout)
	case "cache":
		return setting.Duration(d, &s.Cache)
	case "max_in_flight":
		return setting.Number(d, &s.MaxInFlight, 1, maxInFlight)
	default:
		known := slices.DeleteFunc(explain.Names[Settings](), func(name string) bool { return name == "url" })
		return d.Err(explain.Unknown(name, known))
	}
}

// parseHeader takes a name and a value, of which errors quote neither, since a secret
// may stand in the wrong place.
func (s *Settings) parseHeader(d *caddyfile.Dispenser) error {
	var name, value string
	if !d.AllArgs(&name, &value) || value == "" {
		return d.Err("header takes a name and a value: write header X-Edge-Secret {env.EDGE_SECRET}, and check whether a {$NAME} was empty")
	}
	if _, again := s.Header[name]; again {
		return d.Err("header is given twice with one name: keep one line")
	}
	if s.Header == nil {
		s.Header = make(map[string]string)
	}
	s.Header[name] = value
	return nil
}
