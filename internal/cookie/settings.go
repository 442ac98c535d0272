// SPDX-License-Identifier: Apache-2.0

package cookie

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/explain"
)

// Settings say how browsers keep their tokens in cookies that no script can read.
type Settings struct {
	// Where the backend hands out tokens: its logins. `off` alone for none. Default:
	// /api/token
	ObtainPath []Obtain `json:"obtain_path,omitempty"`

	// The name of the cookie with the refresh token. Default: __Host-refresh, or
	// refresh where `insecure` is set
	RefreshCookie string `json:"refresh_cookie,omitempty"`

	// The name of the cookie with the access token, such as __Host-access. Default:
	// none; the access token is in the body of answers, and the page keeps it in memory
	AccessCookie string `json:"access_cookie,omitempty"`

	// If true, a request with a refresh token in its body is answered with cookies if
	// it is ours and a browser made it: users who hold tokens move over.
	Adopt bool `json:"adopt,omitempty"`

	// SameSite of the cookies, strict or lax. Default: strict
	SameSite string `json:"same_site,omitempty"`

	// The domain whose hosts all get the cookies. The names of the cookies must
	// begin with __Secure- then. Default: none; the cookies belong to one host
	Domain string `json:"domain,omitempty"`

	// If true, the cookies are without Secure, for http on a developer's machine.
	// Their names cannot begin with __Host- or __Secure- then.
	Insecure bool `json:"insecure,omitempty"`
}

// Obtain is a login of the backend.
type Obtain struct {
	// The path, with and without a trailing slash.
	Path string `json:"path,omitempty"`

	// The member of the answer with the refresh token: names from the top, separated by
	// dots. Default: refresh
	Refresh string `json:"refresh,omitempty"`

	// The member with the access token. Default: access
	Access string `json:"access,omitempty"`
}

// DefaultLogin is what obtain_path is without a line.
const DefaultLogin = "/api/token"

const (
	defaultRefresh = "refresh"
	defaultAccess  = "access"
	hostPrefix     = "__Host-"
)

// off switches the logins off.
const off = "off"

// Logins returns the logins, with defaults for what is not set.
func (s *Settings) Logins() []Obtain {
	written := s.ObtainPath
	switch {
	case len(written) == 0:
		written = []Obtain{{Path: DefaultLogin}}
	case len(written) == 1 && written[0].Path == off:
		return nil
	}
	logins := make([]Obtain, len(written))
	for i, o := range written {
		logins[i] = Obtain{Path: o.Path, Refresh: cmp.Or(o.Refresh, defaultRefresh), Access: cmp.Or(o.Access, defaultAccess)}
	}
	return logins
}

// Cookies returns the attributes of the two cookies. access is nil if there is none.
func (s *Settings) Cookies() (refresh Attributes, access *Attributes) {
	name := cmp.Or(s.RefreshCookie, hostPrefix+defaultRefresh)
	if s.Insecure && s.RefreshCookie == "" {
		name = defaultRefresh
	}
	refresh = Attributes{Name: name, Domain: s.Domain, SameSite: http.SameSiteStrictMode, Insecure: s.Insecure}
	if s.SameSite == "lax" {
		refresh.SameSite = http.SameSiteLaxMode
	}
	if s.AccessCookie != "" {
		other := refresh
		other.Name = s.AccessCookie
		access = &other
	}
	return refresh, access
}

// Validate refuses settings with which browsers would drop the cookies, or give them to
// pages that are not the site's.
func (s *Settings) Validate() error {
	refresh, access := s.Cookies()
	errs := []error{refresh.Validate()}
	if access != nil {
		errs = append(errs, access.Validate())
		if access.Name == refresh.Name {
			errs = append(errs, fmt.Errorf("refresh_cookie and access_cookie are both %s: each needs a name of its own", access.Name))
		}
	}
	switch s.SameSite {
	case "", "strict", "lax":
	case "none":
		errs = append(errs, errors.New("same_site none would send the cookies with requests of any page: write strict or lax, "+
			"and serve the page and the edge below one domain"))
	default:
		errs = append(errs, fmt.Errorf("same_site cannot be %.40q: write strict or lax", s.SameSite))
	}
	for _, o := range s.Logins() {
		for setting, member := range map[string]string{"refresh": o.Refresh, "access": o.Access} {
			if strings.Contains("."+member+".", "..") {
				errs = append(errs, fmt.Errorf("obtain_path %s: %s %.40q names no member: write names separated by dots, such as data.tokens.%[2]s",
					o.Path, setting, member))
			}
		}
		if o.Refresh == o.Access {
			errs = append(errs, fmt.Errorf("obtain_path %s: refresh and access are both %q: each token is a member of its own", o.Path, o.Access))
		}
	}
	return errors.Join(errs...)
}

// UnmarshalJSON implements [json.Unmarshaler]. Its errors say how to write a setting
// that is refused.
func (s *Settings) UnmarshalJSON(data []byte) error {
	type settings Settings // has no methods
	return explain.JSON(data, (*settings)(s), explain.Names[Settings]())
}
