// SPDX-License-Identifier: Apache-2.0

package simplejwt

import "context"

// encodable reports whether PyJWT makes a token with the claims of c: its encode
// may refuse an iss that its decode takes, unless ISSUER replaces it.
func (b *Backend) encodable(c *claims) bool {
	return !b.release.PyJWT.StringIssuer || b.issuerValue != nil || !notString(c.iss)
}

// refuseUnencodable returns why the token in s, whose claims are not encodable, is
// refused. Django crashes when it makes the access token. What is wrong with the
// token's user or with the token in the blacklist it has said before that.
func (b *Backend) refuseUnencodable(ctx context.Context, s *Scratch) error {
	if b.store != nil {
		if err := b.checkStore(ctx, s, b.userChecks(&s.claims)); err != nil {
			return err
		}
	}
	return ErrInvalid
}
