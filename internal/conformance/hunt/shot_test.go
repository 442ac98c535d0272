// SPDX-License-Identifier: Apache-2.0

//go:build conformance

package hunt

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/target/targettest"
)

// shot is a request that the edge must not let reach an endpoint's view.
type shot struct {
	id, method, target string
	name, value        string // of a header, or empty
}

func (s shot) String() string {
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", s.method, s.target, strings.TrimRight(s.name+": "+s.value, ": ")))
}

var (
	ours     = []string{"/api/token/refresh", "/api/token/verify", "/api/token/blacklist"}
	prefixes = []string{"/zz", "/zz/", "/a/b", "/%7az", "zz", "/", "/api", "/zz/..", "//zz"}
	// Headers that a server, a proxy or the WSGI of a project might heed.
	prefixHeaders = []string{
		"Daphne-Root-Path", "SCRIPT_NAME", "Script-Name", "X-Script-Name", "X-Forwarded-Prefix", "X-Forwarded-Script-Name", "Root-Path", "X-Root-Path",
	}
	pathHeaders = []string{
		"X-Original-URL", "X-Rewrite-URL", "X-Original-URI", "X-Forwarded-URI", "X-Forwarded-Path", "PATH_INFO", "Path-Info", "Request-URI",
		"X-HTTP-Path-Override", "X-Accel-Redirect", "Location", "Upgrade-Path", "X-Envoy-Original-Path",
	}
)

// makeShots returns n requests: mostly odd targets, the rest headers.
func makeShots(r *rand.Rand, protocol string, n int) []shot {
	pick := func(from []string) string { return from[r.IntN(len(from))] }
	shots := make([]shot, n)
	for i := range shots {
		s := shot{id: fmt.Sprintf("%s-%d", protocol, i), method: "POST"}
		path := pick(ours)
		if r.IntN(20) == 0 {
			s.method = pick([]string{"post", "Post", "pOST"})
		}
		if s.target = path; r.IntN(5) > 0 {
			s.target = targettest.Target(r, path)
		}
		switch r.IntN(8) {
		case 0:
			s.name, s.value = pick(prefixHeaders), pick(prefixes)
			if strings.HasPrefix(s.value, "/") && len(s.value) > 1 {
				s.target = s.value + s.target
			} else {
				s.target = "/zz" + s.target
			}
		case 1:
			s.name, s.value = pick(pathHeaders), s.target
			s.target = pick([]string{"/", "/other", "/api/token"})
		}
		shots[i] = s
	}
	return shots
}
