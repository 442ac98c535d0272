// SPDX-License-Identifier: Apache-2.0

// Package origin decides whose request it is: one that the site's own pages made, or
// one that a page of somebody else had the browser make. It reads the headers that
// a browser sets and a script cannot: Sec-Fetch-Site, -Mode and -Dest (W3C Fetch
// Metadata) and Origin (RFC 6454 section 7).
package origin

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Verdict says whose request it is.
type Verdict struct {
	// Ours says that the site's own pages made the request, or no browser did. In a
	// request that is not ours the site's cookies must count for nothing.
	Ours bool

	// KeepsCookies says that the client of a request of ours keeps a cookie that is set.
	// A program that is not a browser, and names no origin, may not, and a browser drops
	// a cookie with SameSite from an answer to a page of another site.
	KeepsCookies bool
}

// Judge says whose request r is.
//
// Safe methods are judged as the others are, since a GET may read with the cookies
// of somebody else. [http.CrossOriginProtection] lets every GET pass.
func (t Trusted) Judge(r *http.Request) Verdict {
	from, site := r.Header["Origin"], r.Header["Sec-Fetch-Site"]
	named := len(from) > 0 || len(site) > 0
	v := Verdict{KeepsCookies: named}
	if len(from) > 1 || len(site) > 1 {
		return v // no browser sends a second one
	}
	switch {
	case len(from) == 1 && t[from[0]]:
		v.Ours, v.KeepsCookies = true, !slices.Contains(site, "cross-site")
	case opensChannel(r):
		// Browsers send Origin with each WebSocket, and Sec-Fetch-Site not always.
		v.Ours = len(from) == 1 && isOwn(r, from[0]) || !named
	case len(site) == 1:
		v.Ours = site[0] == "same-origin" || site[0] == "none" && !isForeign(r, from) || isNavigation(r)
	case len(from) == 1:
		v.Ours = isOwn(r, from[0])
	default:
		// A browser that sends neither header keeps our cookies to itself where the
		// request comes from elsewhere, since they have SameSite.
		v.Ours = true
	}
	return v
}

// opensChannel reports whether r asks for a WebSocket or another protocol, whose
// messages the page that made it can read (RFC 6455, RFC 8441).
func opensChannel(r *http.Request) bool {
	return len(r.Header["Upgrade"]) > 0 || r.Method == http.MethodConnect
}

// isNavigation reports whether the browser shows the answer to r as a page of its
// own, so that no other page can read it.
func isNavigation(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// isForeign reports whether r names an origin that is not the site. Requests of browser
// extensions do, and have the Sec-Fetch-Site of a user who types an address.
func isForeign(r *http.Request, from []string) bool { return len(from) > 0 && !isOwn(r, from[0]) }

// isOwn reports whether an Origin header names the site that r was sent to.
func isOwn(r *http.Request, from string) bool {
	u, err := url.Parse(from)
	if err != nil || u.Host == "" {
		return false
	}
	switch u.Scheme {
	case "https":
		return sameHost(u.Host, r.Host, ":443")
	case "http":
		// Anyone on the network can make a page of http://. A proxy in front may
		// have taken TLS off; where it did not, the page is not ours.
		return r.TLS == nil && sameHost(u.Host, r.Host, ":80")
	}
	return false
}

// sameHost compares two hosts, whose names have no case, with their ports.
func sameHost(a, b, port string) bool {
	return strings.EqualFold(strings.TrimSuffix(a, port), strings.TrimSuffix(b, port))
}
