// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// Authentic reports whether token is well formed and well signed, whatever its
// payload. It is for vectors whose payload is not a set of claims.
func (b *Backend) Authentic(ctx context.Context, token []byte) bool {
	var s Scratch
	c, ok := splitCompact(token)
	if !ok || b.ring.authenticate(ctx, &s, &c) != nil {
		return false
	}
	_, ok = appendDecoded(nil, c.payload)
	return ok
}

// SampleConfig is the configuration of tests from outside.
func SampleConfig() *Config {
	return &Config{
		Release:              release.MustNamed("5.5"),
		AccessTokenLifetime:  5 * time.Minute,
		RefreshTokenLifetime: 24 * time.Hour,
		UserIDClaim:          "user_id",
		TokenTypeClaim:       "token_type",
		JTIClaim:             "jti",
	}
}
