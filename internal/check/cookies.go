// SPDX-License-Identifier: Apache-2.0

package check

import (
	"slices"
	"time"
)

// cookies says in which cookies browsers keep the tokens, and which of these they would
// drop. A site whose tokens are in bodies alone gets no line.
func (v *visit) cookies() {
	c := v.site.Cookies
	if c == nil {
		return
	}
	access := "access tokens are in bodies"
	if c.Access != nil {
		access = "the access token in " + c.Access.Name
	}
	v.found(OK, "cookies: browsers keep the refresh token in the cookie %s; %s", c.Refresh.Name, access)
	if _, err := c.Refresh.Set(string(v.Token), time.Hour); err != nil {
		v.found(Wrong, "cookies: with this token %v", err)
	}
	for _, a := range v.addresses() {
		switch {
		case a.isLocal():
		case c.Refresh.Insecure:
			v.found(Note, "cookies: insecure lets anyone between a browser and %s read and set the cookies: it is for http on a developer's machine, so delete the line", a.Host)
		case a.Plain:
			v.dropsSecure("cookies", a)
		}
	}
}

// addresses returns the addresses of the site.
func (v *visit) addresses() (own []Address) {
	for _, a := range v.Addresses {
		if a.Name == v.site.Name && (a.RefreshPath == "" || slices.Contains(v.site.RefreshPaths, a.RefreshPath)) && !slices.Contains(own, a) {
			own = append(own, a)
		}
	}
	return own
}
