// SPDX-License-Identifier: Apache-2.0

package redisstore

import "testing"

// TestIdentity: settings that lead to the same records have one identity, and
// others have another.
func TestIdentity(t *testing.T) {
	base := link{Addresses: []string{"redis.internal:6379"}, Password: "secret"}
	for name, tc := range map[string]struct {
		link   link
		prefix string
		same   bool
	}{
		"itself":             {base, "p", true},
		"another login":      {link{Addresses: base.Addresses, Username: "edge", Password: "other", TLS: true}, "p", true},
		"upper case":         {link{Addresses: []string{"REDIS.internal:6379"}}, "p", true},
		"another prefix":     {base, "q", false},
		"another database":   {link{Addresses: base.Addresses, DB: 1}, "p", false},
		"another port":       {link{Addresses: []string{"redis.internal:6380"}}, "p", false},
		"a master's name":    {link{Addresses: base.Addresses, SentinelMaster: "m"}, "p", false},
		"prefix of another":  {link{Addresses: base.Addresses, DB: 10}, "p", false},
		"two addresses":      {link{Addresses: []string{"a:1", "b:1"}}, "p", false},
		"one address, twice": {link{Addresses: []string{"redis.internal:6379", "redis.internal:6379"}}, "p", true},
	} {
		if got := tc.link.identity(tc.prefix) == base.identity("p"); got != tc.same {
			t.Errorf("%s: the same is %v, want %v", name, got, tc.same)
		}
	}
	a := link{Addresses: []string{"a:1", "b:1"}, SentinelMaster: "m"}
	b := link{Addresses: []string{"b:1", "a:1"}, SentinelMaster: "m"}
	if a.identity("p") != b.identity("p") {
		t.Error("the order of the sentinels makes another store")
	}
}
