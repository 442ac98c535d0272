// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// Text returns what SimpleJWT tells the client about err, which is one of this
// package's errors about tokens.
func Text(r *release.Release, err error) string {
	switch t := &r.Texts; {
	case errors.Is(err, ErrExpired):
		return t.Expired
	case errors.Is(err, ErrExpPassed):
		return t.ExpPassed
	case errors.Is(err, ErrNoExp):
		return t.NoExp
	case errors.Is(err, ErrNoID):
		return t.NoID
	case errors.Is(err, ErrNoType):
		return t.NoType
	case errors.Is(err, ErrWrongType):
		return t.WrongType
	case errors.Is(err, ErrBlacklisted), errors.Is(err, ErrStraggler), errors.Is(err, ErrReused):
		return t.Blacklisted
	case errors.Is(err, ErrNoActiveAccount):
		return t.NoActiveAccount
	case errors.Is(err, ErrPasswordChanged):
		return t.PasswordChanged
	default:
		return t.Invalid
	}
}

// textOf returns a text about exp with the name of another claim (tokens.py,
// Token.check_exp).
func textOf(claim, text string) string { return strings.Replace(text, "'exp'", "'"+claim+"'", 1) }

// Text returns what the backend's release of SimpleJWT tells the client about err.
func (b *Backend) Text(err error) string {
	switch {
	case errors.Is(err, ErrNoRefreshExp):
		return textOf(b.slidingRefreshExpClaim, b.release.Texts.NoExp)
	case errors.Is(err, ErrRefreshExpPassed):
		return textOf(b.slidingRefreshExpClaim, b.release.Texts.ExpPassed)
	default:
		return Text(b.release, err)
	}
}
