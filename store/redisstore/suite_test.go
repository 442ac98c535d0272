// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"fmt"
	"testing"

	"github.com/caddyrefresh/caddyrefresh/store"
	"github.com/caddyrefresh/caddyrefresh/store/storetest"
)

// TestSuite holds the scripts, and what is made of their answers, to what every
// store promises. Each test has a prefix of its own, and all share the connections
// of three edges.
func TestSuite(t *testing.T) {
	e := startEmbedded(t)
	settings := Store{Addresses: []string{e.Addr()}, Timeout: patient}
	var edges []*resource
	for range 3 {
		s := settings
		edges = append(edges, anotherEdge(t, &s).resource)
	}
	storetest.Run(t, func(*testing.T) storetest.Opener {
		settings := settings
		settings.KeyPrefix = fmt.Sprintf("suite%d", drawn.Add(1))
		opened := 0
		return storetest.Opener{
			Open: func(t *testing.T) store.Store {
				s := settings
				opened++
				return over(provision(t, &s), edges[opened%len(edges)])
			},
			Advance: e.Advance,
			Forget: func(_ *testing.T, name, jti string) {
				s := Store{prefix: settings.KeyPrefix}
				e.Del(s.sessionKey(name, store.Locate(jti)))
			},
		}
	})
}
