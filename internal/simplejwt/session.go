// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// SessionStartClaim holds the time of the login that began the session of a rotated
// token, in seconds since 1970. Tokens have it only if session_lifetime is set.
const SessionStartClaim = "session_start"

// stamp holds what new tokens contain besides the claims of the old one.
type stamp struct {
	accessExp, accessIAT   int64
	refreshExp, refreshIAT int64
	jti                    string // of the refresh token; "" to draw one
	sessionStart           int64  // a claim to add; 0 for none
	foreignStart           bool   // there is a claim of that name that is not ours
	issuedAhead            bool   // the old token's iat is still in the future by our clock
}

// stamp computes the times of the new tokens. With a session lifetime no token outlives
// its session, and a session that is over is [ErrExpired].
func (b *Backend) stamp(c *claims, now time.Time) (stamp, error) {
	st := stamp{accessExp: now.Add(b.accessLifetime).Unix(), accessIAT: now.Unix()}
	if b.rotate {
		st.refreshExp = now.Add(b.refreshLifetime).Unix()
		st.refreshIAT = now.Add(b.ahead()).Unix()
	}
	if c.iat != nil && !b.release.PyJWT.FutureIssuedAt {
		st.issuedAhead = isLater(c.issued.seconds, now, b.leeway)
	}
	if b.sessionLifetime == 0 {
		return st, nil
	}
	start := b.sessionStart(c, &st, now)
	if st.foreignStart {
		return st, nil
	}
	end := start + int64(b.sessionLifetime/time.Second)
	if end <= now.Unix() {
		return st, errSessionOver
	}
	st.accessExp = min(st.accessExp, end)
	st.refreshExp = min(st.refreshExp, end)
	return st, nil
}

// sessionStart returns when the session of token c began: the value of the claim, else
// c's own iat, else now. A claim that is not a time in the past is not ours.
func (b *Backend) sessionStart(c *claims, st *stamp, now time.Time) int64 {
	latest := now.Add(b.leeway).Unix()
	if c.sessionStart != nil {
		start := parseNumericDate(c.sessionStart.value)
		st.foreignStart = !start.ok || pyjson.KindOf(c.sessionStart.value) != pyjson.Int || start.seconds > latest || start.seconds <= 0
		return start.seconds
	}
	st.sessionStart = began(c, now.Unix())
	return st.sessionStart
}

// began returns when the session of a token without that claim began: at its iat, but
// not later than used, the second of its first use.
func began(c *claims, used int64) int64 {
	if c.iat == nil {
		return used
	}
	return min(c.issued.seconds, used)
}
