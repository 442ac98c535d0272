// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

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
		{integerKey, store.User{ID: "7.0", Kind: store.OtherUser}, int64(7), store.UserUnseen},
		{integerKey, store.User{ID: "-7.9", Kind: store.OtherUser}, int64(-7), store.UserUnseen},
		{integerKey, store.User{ID: "inf", Kind: store.OtherUser}, nil, store.UserBadID},
		{integerKey, store.User{ID: "True", Kind: store.OtherUser}, int64(1), store.UserUnseen},
		{integerKey, store.User{ID: "[]", Kind: store.OtherUser}, nil, store.UserBadID},
		{integerKey, store.User{ID: "nan", Kind: store.OtherUser}, nil, store.UserBadID},
		{integerKey, store.User{ID: "\u0667", Kind: store.TextUser}, int64(7), store.UserUnseen},
		{uuidKey, store.User{ID: "True", Kind: store.OtherUser}, "00000000-0000-0000-0000-000000000001", store.UserUnseen},
		{uuidKey, store.User{ID: "7.0", Kind: store.OtherUser}, nil, store.UserBadUUID},
		{hexKey, store.User{ID: "0x0123abcd456789abcdef0123456789", Kind: store.TextUser}, "000123abcd456789abcdef0123456789", store.UserUnseen},
		{textKey, store.User{ID: "1e+16", Kind: store.OtherUser}, "1e+16", store.UserUnseen},
		{textKey, store.User{ID: "True", Kind: store.OtherUser}, "True", store.UserUnseen},
		{textKey, store.User{ID: "[]", Kind: store.OtherUser}, "[]", store.UserUnseen},
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
		{textKey, store.User{ID: "[1, 2]", Kind: store.OtherUser}, "[1, 2]", store.UserUnseen},
	} {
		got, state := tc.kind.value(tc.user)
		if got != tc.want || state != tc.state {
			t.Errorf("kind %d, user %+v: %#v, %v; want %#v, %v", tc.kind, tc.user, got, state, tc.want, tc.state)
		}
	}
}

// TestPyInt reads integers as Python 3.11's int() does; each row was asked of it.
func TestPyInt(t *testing.T) {
	for text, want := range map[string]string{
		"7": "7", " 7 ": "7", "\t\n\v\f\r7": "7", "+7": "7", "-7": "-7", "-0": "0", "007": "7", "1_000": "1000",
		"\u0667": "7", "\uff17": "7", "\u0967": "1", "\U0001d7d5": "7", "\U0001d7ff": "9", "7\u0667": "77", "\u00a07\u3000": "7", "\u20077\u2028": "7",
		"": "", " ": "", "+": "", "+-7": "", "- 7": "", "--7": "", "_7": "", "7_": "", "1__0": "", "0x7": "", "7.0": "", "7e0": "",
		"\u00b2": "", "\u2466": "", "\u4e03": "", "\u200b7": "", "\ufeff7": "", "7\x00": "", "7\x1c": "", "\x1f7\u0085": "", "abc": "",
		strings.Repeat("0", 4299) + "7": "7", strings.Repeat("0", 4300) + "7": "",
	} {
		n, ok := pyInt(text, 10)
		if got := fmt.Sprint(n); ok != (want != "") || ok && got != want {
			t.Errorf("pyInt(%.20q, 10) = %.20s, %v; want %q", text, got, ok, want)
		}
	}
	for text, want := range map[string]string{"ff": "255", "0xFF": "255", "0x_f": "15", "f_f": "255", "0x": "", "0x0x1": "", "g": "", "\u0661f": "31"} {
		n, ok := pyInt(text, 16)
		if got := fmt.Sprint(n); ok != (want != "") || ok && got != want {
			t.Errorf("pyInt(%q, 16) = %s, %v; want %q", text, got, ok, want)
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
