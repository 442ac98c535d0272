// SPDX-License-Identifier: Apache-2.0

package simplejwt

import "context"

// encodable reports whether PyJWT can encode the claims of c: it may refuse to encode an
// iss that it has decoded, unless ISSUER replaces it.
func (b *Backend) encodable(c *claims) bool {
	return !b.release.PyJWT.StringIssuer || b.issuerValue != nil || !notString(c.iss)
}

// refuseUnencodable returns why the token in s, whose claims are not encodable, is
// refused. Django crashes only when it makes the access token; before that it refuses a
// blacklisted token, and checks the user.
func (b *Backend) refuseUnencodable(ctx context.Context, s *Scratch) error {
	if b.store != nil {
		if err := b.checkStore(ctx, s, b.userChecks(&s.claims)); err != nil {
			return err
		}
	}
	return ErrInvalid
}
