// SPDX-License-Identifier: Apache-2.0

package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// Address is where a configuration serves a token_refresh handler.
type Address struct {
	Host              string // "" where the site takes any
	Name, RefreshPath string // of the handler; the first path that is written, or ""
	Plain             bool   // by http
}

func (a *Address) key() string {
	return fmt.Sprintf("%q %q %q %t", a.Host, a.Name, a.RefreshPath, a.Plain)
}

// isLocal reports whether the address is one of the machine itself, or says nothing of
// where it is.
func (a *Address) isLocal() bool {
	if ip, err := netip.ParseAddr(strings.Trim(a.Host, "[]")); err == nil {
		return ip.IsLoopback()
	}
	return a.Host == "" || a.Host == "localhost" || strings.HasSuffix(a.Host, ".localhost")
}

// server is what Caddy's JSON says of an HTTP server.
type server struct {
	Listen    []string          `json:"listen"`
	Policies  []json.RawMessage `json:"tls_connection_policies"`
	AutoHTTPS struct {
		Disable bool     `json:"disable"`
		Skip    []string `json:"skip"`
	} `json:"automatic_https"`
	Routes []route `json:"routes"`
}

type route struct {
	Match []struct {
		Host []string `json:"host"`
	} `json:"match"`
	Handle []struct {
		Handler     string   `json:"handler"`
		Name        string   `json:"name"`
		RefreshPath []string `json:"refresh_path"`
		Routes      []route  `json:"routes"` // of a subroute
	} `json:"handle"`
}

// Addresses returns the addresses of the token_refresh handlers of a configuration in
// JSON, sorted.
func Addresses(config []byte) []Address {
	var c struct {
		Apps struct {
			HTTP struct {
				Port    int               `json:"http_port"`
				Servers map[string]server `json:"servers"`
			} `json:"http"`
		} `json:"apps"`
	}
	// What has another shape than these is not of a Caddyfile, and loads or fails by itself.
	_ = json.Unmarshal(config, &c)
	found := make(map[Address]bool)
	for _, s := range c.Apps.HTTP.Servers {
		find(s.Routes, []string{""}, func(a Address) {
			a.Plain = s.isPlain(a.Host, cmp.Or(c.Apps.HTTP.Port, 80))
			found[a] = true
		})
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b Address) int {
		return cmp.Compare(a.key(), b.key())
	})
}

// find calls add for each handler at each of its hosts.
func find(routes []route, hosts []string, add func(Address)) {
	for _, r := range routes {
		var within []string
		for _, m := range r.Match {
			within = append(within, m.Host...)
			if len(m.Host) == 0 { // any host comes here
				within = nil
				break
			}
		}
		if len(within) == 0 {
			within = hosts
		}
		for _, h := range r.Handle {
			if h.Handler == "token_refresh" {
				for _, host := range within {
					add(Address{Name: h.Name, RefreshPath: strings.TrimSuffix(append(h.RefreshPath, "")[0], "/"), Host: host})
				}
			}
			find(h.Routes, within, add)
		}
	}
}

// isPlain reports whether the server speaks http to a host. Caddy serves a host that it
// knows by https, but for the port of http and where it is told not to.
func (s *server) isPlain(host string, httpPort int) bool {
	if len(s.Policies) > 0 {
		return false
	}
	onPort := func(l string) bool { return strings.HasSuffix(l, ":"+strconv.Itoa(httpPort)) }
	return host == "" || s.AutoHTTPS.Disable || slices.Contains(s.AutoHTTPS.Skip, host) || !slices.ContainsFunc(s.Listen, func(l string) bool { return !onPort(l) })
}
