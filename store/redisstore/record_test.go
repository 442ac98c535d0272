// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func TestParseRecord(t *testing.T) {
	at := time.UnixMicro(1790000000000123)
	issued := store.Issued{JTI: "next", IssuedAt: -5, ExpiresAt: math.MaxInt64}
	fields := successorFields(&issued)
	for text, want := range map[string]store.Record{
		"r":                        {Revoked: true},
		"s1790000000.123" + fields: {Spent: true, SpentAt: at, Successor: issued},
		"b1790000000.123" + fields: {Spent: true, Revoked: true, SpentAt: at, Successor: issued},
	} {
		got, err := parseRecord(text, "next")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	}
	for _, text := range []string{"", "x", "r1", "s", "s1", "s1 2", "s1 2 ", "s1.1 2 3 4", "s1 2 3", "s1. 2 3", "s1.1 2", "b.1 2 3", "s 2 3", "sx 2 3", "s1.5 2 99999999999999999999"} {
		if got, err := parseRecord(text, "next"); err == nil {
			t.Errorf("%q: %+v, want an error", text, got)
		}
	}
}

// No two ids share a key, whatever they hold, and a session shares a slot.
func TestKeys(t *testing.T) {
	s := &Store{prefix: "p"}
	seen := make(map[string][2]string)
	for _, name := range []string{"", "a", "a:1", "1:a", "a:1:b", "}"} {
		for _, id := range []string{"a", "1:a", "b", ":b", "1:b", "{x}", "\r\n", "ffff", "u:1"} {
			for _, key := range []string{s.tokenKey(name, id), s.userKey(name, id)} {
				if other, ok := seen[key]; ok {
					t.Errorf("%q and %q share the key %q", other, [2]string{name, id}, key)
				}
				seen[key] = [2]string{name, id}
			}
		}
	}
	if key := s.tokenKey("shop", "abcd1234"); key != "p:{abcd}:4:shop:abcd1234" {
		t.Errorf("key %q", key)
	}
}

func TestTooOld(t *testing.T) {
	for version, want := range map[string]bool{
		"5.0.14": true, "6.0.16": true, "6.2.0": false, "7.0.15": false, "8.2": false, "": false, "unknown": false, "10.1": false,
	} {
		if got := tooOld(version); got != want {
			t.Errorf("tooOld(%q) = %v, want %v", version, got, want)
		}
	}
}
