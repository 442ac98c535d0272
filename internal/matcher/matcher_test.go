// SPDX-License-Identifier: Apache-2.0

package matcher

import (
	"encoding/json"
	"testing"

	"github.com/caddyserver/caddy/v2"
)

// TestUnclearMatchers: what only a request can tell is warned of, and kept as it
// was written. The rest of what a matcher may be is in testdata/adapt.
func TestUnclearMatchers(t *testing.T) {
	for matcher, want := range map[string]bool{
		`{"expression":{"expr":"path(\"/api/*\")"}}`:                             true,
		`{"path":["{env.PREFIX}/*"]}`:                                            true,
		`{"not":[{"path":["{env.PREFIX}/*"]}]}`:                                  true,
		`{"not":[{"path":["/api/*"],"remote_ip":{"ranges":["192.0.2.0/24"]}}]}`:  true,
		`{"not":[{"path":["/other"],"remote_ip":{"ranges":["192.0.2.0/24"]}}]}`:  false,
		`{"path":["/api/*"]}`:                                                    false,
		`{"header":{"X-App":["web"]}}`:                                           false,
		`{"method":["POST"],"path_regexp":{"pattern":"^/api/token/refresh/?$"}}`: false,
	} {
		var set caddy.ModuleMap
		if err := json.Unmarshal([]byte(matcher), &set); err != nil {
			t.Fatal(err)
		}
		_, unclear, err := Check(set, []string{"/api/token/refresh", "/api/token/refresh/"})
		if err != nil || unclear != want {
			t.Errorf("%s: unclear is %t, %v, want %t", matcher, unclear, err, want)
		}
	}
}
