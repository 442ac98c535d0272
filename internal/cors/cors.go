// SPDX-License-Identifier: Apache-2.0

// Package cors lets the pages of trusted origins read answers (CORS, in the Fetch
// standard). It is for endpoints that take POST alone.
package cors

import (
	"net/http"
	"strings"
)

// maxAge is how many seconds a browser may remember a preflight. Chromium remembers none
// for longer.
const maxAge = "7200"

// IsPreflight reports whether a browser asks whether it may send a POST.
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") == http.MethodPost
}

// Allow answers a preflight from an origin that is trusted.
func Allow(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
	header.Set("Access-Control-Allow-Credentials", "true")
	header.Set("Access-Control-Allow-Methods", http.MethodPost)
	if asked := r.Header["Access-Control-Request-Headers"]; len(asked) > 0 {
		header.Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
	}
	header.Set("Access-Control-Max-Age", maxAge)
	vary(header)
	w.WriteHeader(http.StatusNoContent)
}

// Expose lets a page of origin, which is trusted, read an answer. What a header rule or
// the backend says of CORS stays.
func Expose(header http.Header, origin string) {
	if len(header["Access-Control-Allow-Origin"]) > 0 {
		return
	}
	header.Set("Access-Control-Allow-Origin", origin)
	header.Set("Access-Control-Allow-Credentials", "true")
	header.Set("Access-Control-Expose-Headers", "Retry-After")
	vary(header)
}

// vary says that the answer depends on Origin.
func vary(header http.Header) {
	for _, line := range header["Vary"] {
		for name := range strings.SplitSeq(line, ",") {
			if name = strings.TrimSpace(name); name == "*" || strings.EqualFold(name, "Origin") {
				return
			}
		}
	}
	header.Add("Vary", "Origin")
}
