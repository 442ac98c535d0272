// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// No two ids share a key, whatever they hold, and a session's key has the slot
// that all its tokens share.
func TestKeys(t *testing.T) {
	seen := make(map[string]string)
	for _, prefix := range []string{"p", "p:", "p:u1:1:a", "p:layout"} {
		s := &Store{prefix: prefix}
		keys := map[string]string{"layout": s.layoutKey("0")}
		for _, name := range []string{"", "a", "a:1", "1:a", "a:1:b", "}", "{abcd}:s1:0:"} {
			for _, id := range []string{"a", "1:a", "b", ":b", "1:b", "{x}", "\r\n", "ffff", "u:1", "{abcd}:s1:1:a:00112233445566778899"} {
				keys[fmt.Sprintf("user %q %q", name, id)] = s.userKey(name, id)
			}
			for _, jti := range []string{"a", "1:a", "0123456789ab4def8123456789abcdef", store.Successor("b")} {
				keys[fmt.Sprintf("session %q %q", name, jti)] = s.sessionKey(name, store.Locate(jti))
			}
		}
		for what, key := range keys {
			if other, ok := seen[key]; ok {
				t.Errorf("%s of %q and %s share the key %q", what, prefix, other, key)
			}
			seen[key] = what + " of " + prefix
		}
	}
	s := &Store{prefix: "p"}
	place := store.Locate("abcd1234567848d08000112233445566")
	if key, want := s.sessionKey("shop", place), "p:{abcd}:s1:4:shop:"+place.Session; key != want {
		t.Errorf("key %q, want %q", key, want)
	}
	if key, want := s.userKey("shop", "7"), "p:{4a82}:u1:4:shop:7"; key != want {
		t.Errorf("key %q, want %q", key, want)
	}
}

// Numbers for the scripts: seconds that Redis can count in milliseconds, and
// durations that an age in microseconds is compared with.
func TestTexts(t *testing.T) {
	for second, want := range map[int64]string{
		-1: "0", 0: "0", 1790000000: "1790000000", maxSecond + 1: "253402300799", math.MaxInt64: "253402300799", math.MinInt64: "0",
	} {
		if got := secondText(second); got != want {
			t.Errorf("secondText(%d) = %s, want %s", second, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0", 1: "1", time.Microsecond: "1", 1001: "2", 10 * time.Second: "10000000"} {
		if got := graceText(d); got != want {
			t.Errorf("graceText(%d) = %s, want %s", d, got, want)
		}
	}
}
