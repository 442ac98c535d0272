// SPDX-License-Identifier: Apache-2.0

// The race detector makes a sync.Pool forget at random, which costs allocations.
//go:build !race

package simplejwt

import (
	"errors"
	"strings"
	"testing"
)

// TestNoAllocation: neither a good token nor a hostile one costs memory, so
// that nobody can make the edge work for its garbage collector.
func TestNoAllocation(t *testing.T) {
	b := newBackend(t, "5.5", func(c *Config) {
		c.NewJTI, c.Audience, c.Issuer = AppendJTI, []string{"api", "web"}, "me"
	})
	good := strings.TrimSuffix(benchClaims, "}") + `,"aud":["other","web"],"iss":"me"}`
	huge := strings.Repeat("A", 4<<20)
	for _, tt := range []struct {
		name, token string
		want        error
	}{
		{"good", signed(t, b.signingKey, withHeader(b.signingKey), good), nil},
		{"other header", signed(t, b.signingKey, `{"typ":"JWT","alg":"HS256","kid":"k"}`, good), nil},
		{"a million dots", strings.Repeat(".", 1_000_000), ErrInvalid},
		{"64 KiB of dots", strings.Repeat(".", MaxTokenSize), ErrInvalid},
		{"no dot", huge, ErrInvalid},
		{"huge segments", huge + "." + huge + "." + huge, ErrInvalid},
		{"bad signature", signed(t, b.signingKey, withHeader(b.signingKey), good) + "A", ErrInvalid},
		{"deep", signed(t, b.signingKey, withHeader(b.signingKey), `{"x":`+strings.Repeat("[", 800)+strings.Repeat("]", 800)+","+good[1:]), nil},
	} {
		token := []byte(tt.token)
		var s Scratch
		if got := testing.AllocsPerRun(20, func() {
			if _, err := b.Refresh(t.Context(), &s, token, testNow); !errors.Is(err, tt.want) {
				t.Fatalf("%s: %v", tt.name, err)
			}
		}); got != 0 {
			t.Errorf("%s: %v allocations", tt.name, got)
		}
	}
}
