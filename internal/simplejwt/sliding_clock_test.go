// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"fmt"
	"testing"
	"time"
)

// TestSlidingStoreAhead: the iat of a refreshed sliding token is not later than the
// store's clock, which logouts go by, nor than ours, or Django would refuse it. The exp
// is by our clock.
func TestSlidingStoreAhead(t *testing.T) {
	s := newShop(t)
	now := testNow.Unix()
	for ahead, issued := range map[time.Duration]int64{
		0: now, time.Hour: now, -time.Hour: now - 3600,
	} {
		b := s.edge("5.5", sliding(func(c *Config) { c.StoreAhead = func() time.Duration { return ahead } }))
		for _, iat := range []string{`,"iat":1`, ""} {
			got, err := slide(t, b, fmt.Sprintf(`{"token_type":"sliding","exp":%d,"jti":"a","refresh_exp":%d%s}`, now+9, now+60, iat))
			want := fmt.Sprintf(`{"token_type":"sliding","exp":%d,"jti":"a","refresh_exp":%d,"iat":%d}`, now+300, now+60, issued)
			if err != nil || got != want {
				t.Errorf("store ahead by %v: got %s, %v\nwant %s", ahead, got, err, want)
			}
		}
	}
}
