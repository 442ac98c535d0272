// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestLocation: traces name the server only if it is known beforehand which one answers,
// and nothing that the edge logs in with.
func TestLocation(t *testing.T) {
	for name, tc := range map[string]struct {
		link link
		want store.Location
	}{
		"a server": {
			link{Addresses: []string{"redis.internal:6380"}, DB: 3, Username: "edge", Password: "secret"},
			store.Location{System: "redis", Namespace: "3", Address: "redis.internal", Port: 6380},
		},
		"IPv6":      {link{Addresses: []string{"[::1]:6379"}}, store.Location{System: "redis", Namespace: "0", Address: "::1", Port: 6379}},
		"sentinels": {link{Addresses: []string{"a:26379"}, SentinelMaster: "m"}, store.Location{System: "redis", Namespace: "0"}},
		"a cluster": {link{Addresses: []string{"a:6379"}, Cluster: true}, store.Location{System: "redis", Namespace: "0"}},
	} {
		if diff := cmp.Diff(tc.want, tc.link.location()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
