// SPDX-License-Identifier: Apache-2.0

package site

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddyrefresh/caddyrefresh/internal/target"
)

// router says which endpoint a POST belongs to.
type router struct {
	set       *target.Set
	endpoints []*endpoint // by the set's index
}

func newRouter(es map[string]*endpoint) *router {
	paths := slices.Sorted(maps.Keys(es))
	rt := &router{set: target.NewSet(paths)}
	for _, p := range paths {
		rt.endpoints = append(rt.endpoints, es[p])
	}
	return rt
}

// route returns the endpoint that r, a POST, belongs to, or nil. exact means that the
// path is the endpoint's, now or before it was rewritten. If it is not, a server behind
// us could still read the request as one to the endpoint, and answer in our place.
func (rt *router) route(r *http.Request) (e *endpoint, exact bool) {
	if i := rt.set.Find(r.URL.Path); i != target.None {
		return rt.endpoints[i], true
	}
	came := asItCame(r)
	rewritten := came.Path != r.URL.Path || came.RawPath != r.URL.RawPath
	if rewritten {
		if i := rt.set.Find(came.Path); i != target.None {
			return rt.endpoints[i], true
		}
	}
	i := rt.judge(r.URL, r.Header)
	if i == target.None && rewritten {
		i = rt.judge(came, r.Header)
	}
	if i == target.None {
		i = rt.judgeHeaders(r.Header)
	}
	if i == target.None {
		return nil, false
	}
	return rt.endpoints[i], false
}

// plain reports whether r can reach no other view of a server behind us than the
// endpoint: the path that the server gets is the endpoint's, and no header may replace
// it.
func (rt *router) plain(r *http.Request) bool {
	if r.URL.Opaque != "" || r.URL.RawPath != "" || rt.set.Find(r.URL.Path) == target.None || losesPrefix(r.Header) {
		return false
	}
	for _, name := range pathHeaders {
		if len(r.Header[name]) > 0 {
			return false
		}
	}
	return true
}

// asItCame returns the URL of r before Caddy rewrote it.
func asItCame(r *http.Request) *url.URL {
	// A switch copies a third of what an assertion does, which shows here.
	switch original := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(type) {
	case http.Request:
		return original.URL
	default:
		return r.URL
	}
}

// judge returns the endpoint that a server could find in the target that a proxy sends
// for u.
func (rt *router) judge(u *url.URL, header http.Header) int {
	if u.Opaque != "" {
		// Caddy does not rewrite it, and a proxy sends it as it is.
		return rt.set.Judge(u.Opaque, true)
	}
	path := u.Path
	if u.RawPath != "" {
		path = u.EscapedPath()
	}
	if target.Odd(path) {
		return rt.set.Judge(u.EscapedPath(), losesPrefix(header))
	}
	// The usual path: it could become an endpoint's only if a server cuts a prefix off.
	if i := rt.set.Suffix(path); i != target.None && losesPrefix(header) {
		return i
	}
	return target.None
}

// judgeHeaders returns the endpoint that a server could find in the headers whose path
// frameworks and servers use instead of the request's own.
func (rt *router) judgeHeaders(header http.Header) int {
	for _, name := range pathHeaders {
		for _, value := range header[name] {
			if i := rt.set.Judge(value, false); i != target.None {
				return i
			}
		}
	}
	return target.None
}

// pathHeaders hold a path that IIS and PHP frameworks, and middleware written
// after them, take for the request's own.
var pathHeaders = [...]string{"X-Original-Url", "X-Rewrite-Url"}

// prefixHeaders name a prefix that a server or its middleware cuts off the path. Daphne
// reads the first, gunicorn the second, which Caddy passes on only if it is told to;
// the others are conventions of WSGI middleware.
var prefixHeaders = [...]string{
	"Daphne-Root-Path", "Script_name", "X-Script-Name", "X-Forwarded-Prefix", "X-Forwarded-Script-Name",
}

func losesPrefix(header http.Header) bool {
	for _, name := range prefixHeaders {
		if len(header[name]) > 0 {
			return true
		}
	}
	return false
}
