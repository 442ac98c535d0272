// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"errors"
	"time"
)

// IsSigned reports whether token is a refresh token, or else an access token, that one of
// the keys signed. It makes no other check: a token that is expired, or one for another
// audience, still opens doors where the checks differ. The error wraps [ErrUnavailable].
func (b *Backend) IsSigned(ctx context.Context, s *Scratch, token []byte) (refresh, access bool, err error) {
	s.claims = claims{all: s.claims.all[:0]}
	c, ok := splitCompact(token)
	if !ok {
		return false, false, nil
	}
	if err := b.ring.authenticate(ctx, s, &c); err != nil {
		if errors.Is(err, ErrUnavailable) {
			return false, false, err
		}
		return false, false, nil
	}
	if s.decoded, ok = appendDecoded(s.decoded[:0], c.payload); !ok || !s.claims.parse(s.decoded, &b.names) || s.claims.tokenType == nil {
		return false, false, nil
	}
	return s.claims.tokenType.is(refreshType), s.claims.tokenType.is(accessType), nil
}

// aheadAtIssue is how far the clock of a backend that issues a token may be ahead of ours.
const aheadAtIssue = time.Minute

// VerifyIssued checks a refresh token, or an access token, that the backend may have
// issued just now: its signature, its type and its registered claims. It asks no store.
// Where the backend's clock is a little ahead, an iat in the future is no fault: it will
// have passed when the token is used. Its errors are this package's errors about tokens,
// or one that wraps [ErrUnavailable].
func (b *Backend) VerifyIssued(ctx context.Context, s *Scratch, token []byte, now time.Time, access bool) error {
	wantType := refreshType
	if access {
		wantType = accessType
	}
	err := b.verify(ctx, s, token, now, wantType)
	if err == nil || s.claims.iat == nil || !s.claims.issued.ok {
		return err
	}
	if usable := time.Unix(s.claims.issued.seconds, 0).Add(time.Second); usable.After(now) && usable.Before(now.Add(aheadAtIssue)) {
		return b.verify(ctx, s, token, usable, wantType)
	}
	return err
}
