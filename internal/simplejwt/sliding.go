// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// firstSecond is the first instant that a Python datetime holds, the beginning of
// the year 1, in seconds since 1970.
const firstSecond = -62135596800

// RefreshSliding returns the sliding token with a new exp (serializers.py,
// TokenRefreshSlidingSerializer). Its claim SLIDING_TOKEN_REFRESH_EXP_CLAIM alone says
// until when it can be refreshed. It keeps its jti, so nothing is spent; a store is
// asked whether it was revoked. No release checks the user; only the [UserCheck] does.
// The result is part of s. The errors are as those of [Backend.Refresh].
func (b *Backend) RefreshSliding(ctx context.Context, s *Scratch, token []byte, now time.Time) ([]byte, error) {
	if err := b.verify(ctx, s, token, now, slidingType); err != nil {
		return nil, b.blacklistedBefore(ctx, s, err)
	}
	if b.store != nil {
		if err := b.checkStore(ctx, s, store.UserChecks{}); err != nil {
			return nil, err
		}
	}
	if err := b.checkRefreshExp(&s.claims, now); err != nil {
		return nil, err
	}
	if !b.encodable(&s.claims) {
		return nil, ErrInvalid // Django crashes here
	}
	if err := b.checkSlidingUser(ctx, &s.claims); err != nil {
		return nil, err
	}
	s.payload = b.appendSlid(s.payload[:0], &s.claims, now)
	var err error
	if s.access, err = b.appendToken(s.access[:0], s.payload); err != nil {
		return nil, fmt.Errorf("signing a sliding token: %w", err)
	}
	return s.access, nil
}

// checkRefreshExp checks that a sliding token can still be refreshed (tokens.py,
// Token.check_exp).
func (b *Backend) checkRefreshExp(c *claims, now time.Time) error {
	for i := range c.all {
		if string(c.all[i].plainName()) != b.slidingRefreshExpClaim {
			continue
		}
		d := parseNumericDate(c.all[i].value)
		switch {
		case !d.number || d.seconds > lastSecond || d.seconds < firstSecond:
			return ErrInvalid // no datetime: Django crashes here
		case d.micros() <= now.Add(-b.leeway).UnixMicro():
			return ErrRefreshExpPassed
		}
		return nil
	}
	return ErrNoRefreshExp
}

// appendSlid appends the payload of sliding token c with a new exp and iat in their
// places. The iat is from the earlier of our clock and the store's. If it were later
// than the store's, the token would outlive a logout of its user. If it were later than
// ours, Django could refuse the token, which also serves as an access token.
func (b *Backend) appendSlid(dst []byte, c *claims, now time.Time) []byte {
	issued := now.Add(min(0, b.ahead())).Unix()
	for i := range c.all {
		m := &c.all[i]
		switch m {
		case c.exp:
			dst = appendMember(dst, m.name, nil)
			dst = strconv.AppendInt(dst, now.Add(b.slidingLifetime).Unix(), 10)
		case c.iat:
			dst = appendMember(dst, m.name, nil)
			dst = strconv.AppendInt(dst, issued, 10)
		default:
			dst = appendMember(dst, m.name, b.encoded(c, m))
		}
	}
	dst[0] = '{' // in place of the first comma
	if c.iat == nil {
		dst = append(dst, `,"iat":`...)
		dst = strconv.AppendInt(dst, issued, 10)
	}
	return append(b.appendMissing(dst, c), '}')
}
