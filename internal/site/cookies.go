// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"
	"slices"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/jsonmember"
)

// Cookies says how browsers keep tokens that no script can read.
type Cookies struct {
	Refresh cookie.Attributes
	Access  *cookie.Attributes // nil: access tokens go in bodies
	Adopt   bool               // a refresh token in the body of a browser's request goes into the cookie

	// AuthHeaderTypes are the types of Authorization header that the API accepts. A
	// request with an access cookie gets the first one on its way up.
	AuthHeaderTypes []string

	Logins []Login

	names []string // of our cookies
}

// Login is a login of the backend, whose answer has tokens of ours.
type Login struct {
	Path            string          // without a trailing slash
	Refresh, Access jsonmember.Path // the members of the answer with the tokens
}

// ours returns the names of our cookies.
func (c *Cookies) ours() []string {
	if c.Access == nil {
		return []string{c.Refresh.Name}
	}
	return []string{c.Refresh.Name, c.Access.Name}
}

// had reports whether a request carries a cookie of ours.
func (c *Cookies) had(r *http.Request) bool { return cookie.Has(r.Header, c.names) }

// isStranger reports whether a request to e carries cookies that count there, and is not
// ours.
func (s *Site) isStranger(r *http.Request, e *endpoint) bool {
	return len(e.cookies) > 0 && cookie.Has(r.Header, e.cookies) && !s.Trusted.Judge(r).Ours
}

// maxOrigin is how many bytes of an Origin header an answer repeats.
const maxOrigin = 255

// untrusted is Django's answer to a request from an origin that is not trusted
// (middleware/csrf.py, REASON_BAD_ORIGIN; authentication.py, enforce_csrf).
func untrusted(r *http.Request) drf.Answer {
	from := "null"
	if lines := r.Header["Origin"]; len(lines) > 0 {
		from = strings.ToValidUTF8(lines[0][:min(len(lines[0]), maxOrigin)], "")
	}
	return drf.Detail(http.StatusForbidden, "CSRF Failed: Origin checking failed - "+from+" does not match any trusted origins.")
}

// upward hands requests that carry our cookies up: without the cookies, and with the
// access token of a request that is ours as Django wants it. The request itself stays as
// it is, so that no log and no error route sees the token.
func (s *Site) upward(next caddyhttp.Handler) caddyhttp.Handler {
	return caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		up := r.WithContext(r.Context())
		up.Header = r.Header.Clone()
		cookie.Cut(up.Header, s.Cookies.names)
		if s.Cookies.Access == nil || !s.Trusted.Judge(r).Ours {
			return next.ServeHTTP(w, up)
		}
		switch token, count := cookie.Read(r.Header, s.Cookies.Access.Name); {
		case count == 0 || s.authorizes(r.Header):
			return next.ServeHTTP(w, up)
		case count > 1:
			held := &headed{ResponseWriterWrapper: wrapped(w), head: s.clearCookies}
			err := next.ServeHTTP(held, up)
			held.begin(http.StatusInternalServerError) // an error route writes the answer
			return err
		case s.isAccess(r, token):
			up.Header.Set("Authorization", s.Cookies.AuthHeaderTypes[0]+" "+token)
		}
		return next.ServeHTTP(&headed{ResponseWriterWrapper: wrapped(w), head: keepPrivate}, up)
	})
}

func wrapped(w http.ResponseWriter) *caddyhttp.ResponseWriterWrapper {
	return &caddyhttp.ResponseWriterWrapper{ResponseWriter: w}
}

// authorizes reports whether a request has an Authorization header that the API reads.
// The one of basic_auth is not.
func (s *Site) authorizes(header http.Header) bool {
	given := strings.Fields(header.Get("Authorization"))
	return len(given) > 0 && slices.Contains(s.Cookies.AuthHeaderTypes, given[0])
}

// isAccess reports whether the API accepts the token: it answers 401 to a bad one even
// where it asks for none.
func (s *Site) isAccess(r *http.Request, token string) bool {
	m := memories.Get().(*memory)
	defer m.giveBack()
	return s.Backend.VerifyIssued(r.Context(), &m.token, []byte(token), s.Now(), true) == nil
}

// clearCookies is for an answer to a request with two access cookies.
func (s *Site) clearCookies(header http.Header) {
	header["Set-Cookie"] = append(slices.Clip(header["Set-Cookie"]), s.Cookies.clearing()...)
	header.Set("Cache-Control", "no-store")
}

// keepPrivate keeps an answer that may depend on the access cookie out of shared caches.
// Caches keep away from requests with Authorization by themselves, except where the
// answer says so (RFC 9111 section 3.5), and they see no Authorization here.
func keepPrivate(header http.Header) {
	if !names(header["Vary"], "cookie") {
		header.Add("Vary", "Cookie")
	}
	if !names(header["Cache-Control"], "public", "s-maxage", "must-revalidate", "private", "no-store") {
		header.Add("Cache-Control", "private")
	}
}

// names reports whether a list in a header has an element that begins with one of the
// words, which are lower case.
func names(lines []string, words ...string) bool {
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			word, _, _ := strings.Cut(strings.TrimSpace(element), "=")
			if slices.Contains(words, strings.ToLower(word)) {
				return true
			}
		}
	}
	return false
}
