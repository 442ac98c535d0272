// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"fmt"
	"testing"
	"time"
)

// TestExpBoundary guards the last instant of a token where the leeway has a
// fraction. The clock of the tests stands 678901 microseconds past the second
// 1767323045. PyJWT compares the whole seconds of exp with its clock, which in 5.2
// has no fraction; SimpleJWT compares the time that Python makes of exp, which it
// rounds half to even.
func TestExpBoundary(t *testing.T) {
	const clock = 1767323045
	for _, tt := range []struct {
		leeway  time.Duration
		past    string // of exp, behind the clock's second
		v52, v5 error
	}{
		{0, "+0", ErrExpired, ErrExpired},
		{0, "+1", nil, nil},
		{0, "+0.9", ErrExpired, ErrExpired},
		{678901 * time.Microsecond, "+0", ErrExpPassed, ErrExpired},
		{678902 * time.Microsecond, "+0", nil, nil},
		{678902 * time.Microsecond, "-1", ErrExpired, ErrExpired},
		{678902 * time.Microsecond, "-0.5", ErrExpired, ErrExpired},
		{671089 * time.Microsecond, "+0.0078125", ErrExpPassed, ErrExpired},
		{671089 * time.Microsecond, "+0.0078130", nil, ErrExpired},
		{655464 * time.Microsecond, "+0.0234375", nil, ErrExpired},
		{655463 * time.Microsecond, "+0.0234375", ErrExpPassed, ErrExpired},
		{time.Second, "+0", nil, nil},
		{time.Second, "-1", ErrExpired, ErrExpired},
		{1500 * time.Millisecond, "-1", ErrExpPassed, ErrExpired},
	} {
		var fraction float64
		if _, err := fmt.Sscan(tt.past, &fraction); err != nil {
			t.Fatal(err)
		}
		for release, want := range map[string]error{"5.2": tt.v52, "5.3": tt.v5, "5.4": tt.v5, "5.5": tt.v5} {
			b := newBackend(t, release, func(c *Config) { c.Leeway = tt.leeway })
			payload := fmt.Sprintf(`{"token_type":"refresh","exp":%.7f,"jti":"0123"}`, clock+fraction)
			if _, err := b.Refresh(t.Context(), new(Scratch), []byte(issue(t, b, payload)), testNow); err != want {
				t.Errorf("%s with leeway %s, exp %s: %v, want %v", release, tt.leeway, tt.past, err, want)
			}
		}
	}
}
