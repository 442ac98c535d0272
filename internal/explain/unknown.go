// SPDX-License-Identifier: Apache-2.0

// Package explain says what is wrong with the text of a configuration, and what to
// write instead.
package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// Unknown returns a sentence about a subdirective that the grammar does not have;
// known holds those that it has. Names may also be written as in SIMPLE_JWT and
// dj-rest-auth.
func Unknown(name string, known []string) string {
	lower := strings.ToLower(name)
	if why := simplejwt.WhyLeftOut(lower); why != "" {
		return name + " " + why
	}
	if why := ofOthers[lower]; why != "" {
		return name + " " + why
	}
	switch {
	case slices.Contains(known, lower):
		return fmt.Sprintf("unrecognized subdirective %q: settings are written in lower case here, try %s", name, lower)
	case slices.Contains(directives, name):
		return fmt.Sprintf("unrecognized subdirective %s: it is a Caddy directive; is the closing brace of token_refresh missing before it?", name)
	}
	if near := nearest(lower, known); near != "" {
		return fmt.Sprintf("unrecognized subdirective %q: did you mean %s?", name, near)
	}
	return fmt.Sprintf("unrecognized subdirective %q: see the list of subdirectives in the README", name)
}

// nearest returns the known name that is fewest edits away, or "" if those are more
// than a third of the name. A name that contains the other is near, too.
func nearest(name string, known []string) string {
	const telling = 5 // bytes; many names contain a shorter part
	best, fewest := "", len(name)/3+1
	for _, k := range known {
		if len(name) >= telling && strings.Contains(k, name) || len(k) >= telling && strings.Contains(name, k) {
			return k
		}
		if edits := levenshtein.ComputeDistance(name, k); edits < fewest {
			best, fewest = k, edits
		}
	}
	return best
}

// directives are Caddy's directives that can stand beside token_refresh in a site
// (caddyconfig/httpcaddyfile, directives.go and builtins.go).
var directives = []string{
	"abort", "acme_server", "basic_auth", "bind", "encode", "error", "file_server", "forward_auth", "fs", "handle", "handle_errors",
	"handle_path", "header", "import", "intercept", "invoke", "log", "log_append", "log_name", "log_skip", "map", "method", "metrics",
	"php_fastcgi", "push", "redir", "request_body", "request_header", "respond", "reverse_proxy", "rewrite", "root", "route", "templates",
	"tls", "tracing", "try_files", "uri", "vars",
}

// ofOthers explains settings of dj-rest-auth and of packages that keep tokens in
// cookies, and names that users take for settings of SimpleJWT.
var ofOthers = func() map[string]string {
	all := map[string]string{ //nolint:gosec // names of settings are no credentials
		"secret_key":                     "is Django's: write signing_key, with the value of SIMPLE_JWT's SIGNING_KEY, which is SECRET_KEY by default",
		"token_blacklist":                "is a Django app: write blacklist_after_rotation and a store, see docs/stores.md",
		"simple_jwt":                     "is the dict of all settings: write each of its settings on a line of its own, in lower case",
		"rest_framework":                 "is a dict of other settings: of these the edge has only renderers json",
		"rest_use_jwt":                   djRestAuth,
		"rest_auth":                      djRestAuth,
		"use_jwt":                        djRestAuth,
		"jwt_serializer":                 djRestAuth,
		"jwt_token_claims_serializer":    djRestAuth,
		"jwt_serializer_with_expiration": djRestAuth,
		"access_lifetime":                "is access_token_lifetime here",
		"refresh_lifetime":               "is refresh_token_lifetime here",
	}
	for _, name := range []string{
		"jwt_auth_cookie", "jwt_auth_refresh_cookie", "jwt_auth_refresh_cookie_path", "jwt_auth_secure", "jwt_auth_samesite", "jwt_auth_httponly",
		"jwt_auth_return_expiration", "jwt_auth_cookie_use_csrf", "jwt_auth_cookie_enforce_csrf_on_unauthenticated", "jwt_auth_cookie_domain",
		"auth_cookie", "auth_cookie_refresh", "auth_cookie_domain", "auth_cookie_secure", "auth_cookie_http_only", "auth_cookie_httponly",
		"auth_cookie_path", "auth_cookie_samesite", "auth_refresh_cookie",
	} {
		all[name] = cookies
	}
	return all
}()

const (
	djRestAuth = "belongs to dj-rest-auth, whose own refresh view sets cookies: leave its routes to Django, and put SimpleJWT's into refresh_path"
	cookies    = "puts tokens into cookies, and the edge reads them from the body: leave the routes of these views to Django, and put SimpleJWT's into refresh_path"
)

// Foreign returns the settings of other packages that [Unknown] explains.
func Foreign() []string {
	var names []string
	for name, why := range ofOthers {
		if why == djRestAuth || why == cookies {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
