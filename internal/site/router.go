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

// route returns the endpoint that r, a POST, belongs to, or nil. It is exact
// where the path is the endpoint's, now or before it was rewritten. Otherwise a
// server behind us could make the endpoint's path of what it gets, and answer
// in our stead.
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

// plain reports whether a server behind us finds the endpoint of r, or a page that
// does not exist, and nothing else: the path that it gets is the endpoint's, and no
// header may put another one in its place.
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

// judge asks about the target that a proxy makes of u.
func (rt *router) judge(u *url.URL, header http.Header) int {
	if u.Opaque != "" {
		// Rewriting leaves it as it is, and it is what is sent on.
		return rt.set.Judge(u.Opaque, true)
	}
	path := u.Path
	if u.RawPath != "" {
		path = u.EscapedPath()
	}
	if target.Odd(path) {
		return rt.set.Judge(u.EscapedPath(), losesPrefix(header))
	}
	// The usual path: only a prefix that is cut off could make an endpoint of it.
	if i := rt.set.Suffix(path); i != target.None && losesPrefix(header) {
		return i
	}
	return target.None
}

// judgeHeaders asks about the paths in headers that frameworks and servers put
// in the place of the request's own.
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

// prefixHeaders name a prefix that a server or its middleware cuts off the path:
// Daphne does by the first, gunicorn by the second, which Caddy lets through
// only where it is told to; the others are conventions of WSGI middleware.
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
