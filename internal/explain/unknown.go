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
	switch {
	case slices.Contains(known, lower):
		return fmt.Sprintf("unrecognized subdirective %q: settings are written in lower case here, try %s", name, lower)
	case slices.Contains(directives, name):
		return fmt.Sprintf("unrecognized subdirective %s: it is a Caddy directive; is the closing brace of token_refresh missing before it?", name)
	}
	if why := foreign[lower] + misnamed[lower]; why != "" {
		return name + " " + why
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
