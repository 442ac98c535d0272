// SPDX-License-Identifier: Apache-2.0

package site

import (
	"net/http"

	"github.com/caddyrefresh/caddyrefresh/internal/cors"
	"github.com/caddyrefresh/caddyrefresh/internal/target"
)

// trustedOrigin returns the trusted origin whose page made the request, "" if none did.
func (s *Site) trustedOrigin(r *http.Request) string {
	if len(s.Trusted) == 0 {
		return ""
	}
	if from := r.Header["Origin"]; len(from) == 1 && s.Trusted[from[0]] {
		return from[0]
	}
	return ""
}

// preflighted answers a preflight for an endpoint, and reports whether it did.
func (s *Site) preflighted(w http.ResponseWriter, r *http.Request) bool {
	if !cors.IsPreflight(r) || s.trustedOrigin(r) == "" {
		return false
	}
	if s.router.set.Find(r.URL.Path) == target.None && s.router.set.Find(asItCame(r).Path) == target.None {
		return false
	}
	cors.Allow(w, r)
	return true
}

// exposed returns a writer whose answer a page of origin can read.
func exposed(w http.ResponseWriter, origin string) *headed {
	return &headed{ResponseWriterWrapper: wrapped(w), head: func(header http.Header) { cors.Expose(header, origin) }}
}
