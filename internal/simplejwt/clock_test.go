// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// TestStoreAhead: if the store's clock is known to differ, new refresh tokens get their
// iat by it, so that a cut-off covers them as it covers those of other edges. The edge
// that made them accepts them at once. Access tokens get an iat in the past by the
// edge's clock: Django would refuse a later one.
func TestStoreAhead(t *testing.T) {
	iat := func(token string) int64 {
		t.Helper()
		var claims struct{ IAT int64 }
		if err := json.Unmarshal([]byte(payloadOf(t, token)), &claims); err != nil {
			t.Fatal(err)
		}
		return claims.IAT
	}
	login := int64(1767319445) // an hour ago
	for name, tt := range map[string]struct {
		release string
		ahead   time.Duration
		second  int64 // iat of the second access token
		cutOff  time.Duration
		dead    bool
	}{
		"alike":          {release: "5.5", second: testNow.Unix()},
		"ahead":          {release: "5.5", ahead: 90 * time.Second, second: testNow.Unix()},
		"ahead, 5.2":     {release: "5.2", ahead: 90 * time.Second, second: testNow.Unix()},
		"ahead, copied":  {release: "5.3", ahead: 90 * time.Second, second: testNow.Unix()},
		"behind":         {release: "5.5", ahead: -90 * time.Second, second: testNow.Unix()},
		"behind, copied": {release: "5.2", ahead: -90 * time.Second, second: testNow.Unix() - 90},
		"a cut-off an edge ahead would outrun": {
			release: "5.5", ahead: -90 * time.Second, second: testNow.Unix(), cutOff: -90 * time.Second, dead: true,
		},
		"a cut-off an edge behind would fall to": {
			release: "5.5", ahead: 90 * time.Second, second: testNow.Unix(), cutOff: 89 * time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			b := s.edge(tt.release, func(c *Config) { c.StoreAhead = func() time.Duration { return tt.ahead } })
			access, first, err := s.refresh(b, issue(t, b, goodClaims))
			if err != nil {
				t.Fatal(err)
			}
			if got, want := iat(first), testNow.Add(tt.ahead).Unix(); got != want {
				t.Errorf("iat of the refresh token is %d, want %d", got, want)
			}
			if got := iat(access); got != testNow.Unix() && (tt.release == "5.5" || got != login) {
				t.Errorf("iat of the access token is %d", got)
			}
			if tt.cutOff != 0 {
				cut := store.CutOff{User: store.User{ID: "1", Kind: store.TextUser}, Second: testNow.Add(tt.cutOff).Unix()}
				if _, err := s.memory.CutOff(t.Context(), &cut); err != nil {
					t.Fatal(err)
				}
			}
			if tt.dead {
				s.refuses(b, first, ErrBlacklisted)
				return
			}
			access, _, err = s.refresh(b, first)
			if err != nil {
				t.Fatalf("going on with it at once: %v", err)
			}
			if got := iat(access); got != tt.second {
				t.Errorf("iat of the access token that comes of it is %d, want %d", got, tt.second)
			}
			later := testNow.Add(max(0, tt.ahead) + time.Second).Unix()
			future, err := json.Marshal(map[string]any{"token_type": "refresh", "exp": later + 60, "iat": later, "jti": "later"})
			if err != nil {
				t.Fatal(err)
			}
			s.refuses(b, issue(t, b, string(future)), ErrInvalid)
		})
	}
}
