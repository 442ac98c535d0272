// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"fmt"
)

// UserCheck knows the users of the backend. It is asked only about tokens that are good
// otherwise, and before a token is spent.
type UserCheck interface {
	// Check reports whether the user with that id is there and active. Its error means
	// that this is not known at the moment.
	Check(ctx context.Context, user string) (active bool, err error)
}

// checkUser checks the user of token c, who may have no account or an inactive one.
func (b *Backend) checkUser(ctx context.Context, c *claims) error {
	if b.users.Active {
		return b.askUser(ctx, c, ErrNoActiveAccount)
	}
	return b.askUser(ctx, c, errUserStricter)
}

// checkSlidingUser does the same for a sliding token, whose user no release checks.
func (b *Backend) checkSlidingUser(ctx context.Context, c *claims) error {
	return b.askUser(ctx, c, errUserStricter)
}

// askUser returns refusal if the user of token c may not go on. Like SimpleJWT it checks
// no user whose id is missing or false in Python.
func (b *Backend) askUser(ctx context.Context, c *claims, refusal error) error {
	if b.userCheck == nil || c.userID == nil || falsy(c.userID.value) {
		return nil
	}
	active, err := b.userCheck.Check(ctx, userOf(c.userID).ID)
	switch {
	case err != nil:
		return fmt.Errorf("%w: user_check: %w", ErrUserUnknown, err)
	case !active:
		return refusal
	default:
		return nil
	}
}
