// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"strconv"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

func itoa(n int) string { return strconv.Itoa(n) }

// TestKeyValue makes keys of user ids as Django's fields do.
func TestKeyValue(t *testing.T) {
	const hyphens, digits = "0123ABCD-4567-89ab-cdef-0123456789ab", "0123abcd456789abcdef0123456789ab"
	for _, tc := range []struct {
		kind  keyKind
		user  store.User
		want  any
		state store.UserState
	}{
		{integerKey, store.User{}, nil, store.UserUnseen},
		{integerKey, store.User{ID: "7", Kind: store.IntegerUser}, int64(7), store.UserUnseen},
		{integerKey, store.User{ID: " 7 ", Kind: store.TextUser}, int64(7), store.UserUnseen},
		{integerKey, store.User{ID: "9223372036854775808", Kind: store.IntegerUser}, nil, store.UserBadID},
		{integerKey, store.User{ID: "", Kind: store.TextUser}, nil, store.UserBadID},
		{integerKey, store.User{ID: "7.0", Kind: store.OtherUser}, nil, store.UserBadID},
		{hexKey, store.User{ID: hyphens, Kind: store.TextUser}, digits, store.UserUnseen},
		{hexKey, store.User{ID: "urn:uuid:{" + hyphens + "}", Kind: store.TextUser}, digits, store.UserUnseen},
		{hexKey, store.User{ID: "urn:uuid:" + hyphens, Kind: store.TextUser}, digits, store.UserUnseen},
		{hexKey, store.User{ID: "{" + digits + "}", Kind: store.TextUser}, digits, store.UserUnseen},
		{uuidKey, store.User{ID: digits, Kind: store.TextUser}, "0123abcd-4567-89ab-cdef-0123456789ab", store.UserUnseen},
		{uuidKey, store.User{ID: "7", Kind: store.IntegerUser}, "00000000-0000-0000-0000-000000000007", store.UserUnseen},
		{uuidKey, store.User{ID: "-7", Kind: store.IntegerUser}, nil, store.UserBadUUID},
		{uuidKey, store.User{ID: "340282366920938463463374607431768211456", Kind: store.IntegerUser}, nil, store.UserBadUUID},
		{uuidKey, store.User{ID: "7", Kind: store.TextUser}, nil, store.UserBadUUID},
		{uuidKey, store.User{ID: digits[:31] + "g", Kind: store.TextUser}, nil, store.UserBadUUID},
		{textKey, store.User{ID: "", Kind: store.TextUser}, "", store.UserUnseen},
		{textKey, store.User{ID: "7", Kind: store.IntegerUser}, "7", store.UserUnseen},
		{textKey, store.User{ID: "a\x00b", Kind: store.TextUser}, nil, store.UserBadID},
		{textKey, store.User{ID: "\xff", Kind: store.TextUser}, nil, store.UserBadID},
		{textKey, store.User{ID: "[1]", Kind: store.OtherUser}, nil, store.UserBadID},
	} {
		got, state := tc.kind.value(tc.user)
		if got != tc.want || state != tc.state {
			t.Errorf("kind %d, user %+v: %#v, %v; want %#v, %v", tc.kind, tc.user, got, state, tc.want, tc.state)
		}
	}
}

// TestZone reads local times, the hour that comes twice included: the
// successor's iat tells which of the two it was.
func TestZone(t *testing.T) {
	z, err := loadZone("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"winter": "2026-01-15T11:00:00.25Z", "summer": "2026-07-15T10:00:00Z",
		"first of two": "2026-10-25T00:30:00Z", "second of two": "2026-10-25T01:30:00Z",
		"before the gap": "2026-03-29T00:59:59.999999Z", "behind the gap": "2026-03-29T01:00:00Z",
	} {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			t.Fatal(err)
		}
		wall, err := parseStamp(z.local(at))
		if err != nil {
			t.Fatal(err)
		}
		for _, skew := range []time.Duration{-2 * time.Second, 0, 2 * time.Second} {
			if got := z.instant(wall, at.Add(skew)); !got.Equal(at) {
				t.Errorf("%s: %v, want %v", name, got, at)
			}
		}
		if got := utcZone.instant(at, at.Add(time.Hour)); !got.Equal(at) {
			t.Errorf("%s in UTC: %v, want %v", name, got, at)
		}
	}
	for text, want := range map[string]string{"2026-11-22 22:00:00": "22:00:00", "2026-11-22 22:00:00.5": "22:00:00.5"} {
		if got, err := parseStamp(text); err != nil || got.Format("15:04:05.999999") != want {
			t.Errorf("parseStamp(%q) = %v, %v", text, got, err)
		}
	}
	if got, err := parseStamp("yesterday"); err == nil {
		t.Errorf("parseStamp(yesterday) = %v", got)
	}
}
