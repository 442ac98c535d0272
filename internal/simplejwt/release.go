// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"maps"
	"slices"
	"strings"
)

// DefaultRelease is the release that answers are given for when none is named.
const DefaultRelease = "5.3"

// Release is what differs between the releases of SimpleJWT, together with the
// PyJWT of their time. All the differences stand in the table below; the rest
// of the package branches on these fields only.
type Release struct {
	// Name is major.minor, as the configuration names it.
	Name string

	// Stands is the version of SimpleJWT whose answers are given.
	Stands string

	// invalid and expired are the texts for tokens that cannot be decoded
	// (tokens.py, Token.__init__).
	invalid, expired string

	// copyIssuedAt: the access token gets the iat of the refresh token instead
	// of the time it is made (tokens.py, RefreshToken.no_copy_claims).
	copyIssuedAt bool

	// wholeSeconds: PyJWT 2.6 compares with the clock cut to seconds, and
	// compares iat as it stands, not cut to an integer (api_jwt.py).
	wholeSeconds bool

	// stringSubject: PyJWT 2.10 wants sub and jti to be strings (api_jwt.py).
	stringSubject bool

	// checksUser: each refresh looks for the user (serializers.py).
	checksUser bool

	// marksPassword: a login writes REVOKE_TOKEN_CLAIM where CHECK_REVOKE_TOKEN is
	// on (tokens.py, Token.for_user). Only the authentication of API requests
	// looks at it (authentication.py, JWTAuthentication.get_user).
	marksPassword bool

	// looksUpOwner: rotating looks the token's user up for the row of the new
	// token, and so crashes on an id that is no key (tokens.py,
	// BlacklistMixin.outstand).
	looksUpOwner bool

	// fewAlgorithms: PS256 and its like and EdDSA are unknown (backends.py,
	// ALLOWED_ALGORITHMS).
	fewAlgorithms bool
}

const invalidOrExpired = "Token is invalid or expired"

var releases = map[string]*Release{
	"5.2": {
		Name: "5.2", Stands: "5.2.2", invalid: invalidOrExpired, expired: invalidOrExpired,
		copyIssuedAt: true, wholeSeconds: true, fewAlgorithms: true,
	},
	"5.3": {
		Name: "5.3", Stands: "5.3.1", invalid: invalidOrExpired, expired: invalidOrExpired,
		copyIssuedAt: true, marksPassword: true, fewAlgorithms: true,
	},
	"5.4": {
		Name: "5.4", Stands: "5.4.0", invalid: invalidOrExpired, expired: invalidOrExpired,
		copyIssuedAt: true, checksUser: true, marksPassword: true,
	},
	"5.5": {
		Name: "5.5", Stands: "5.5.1", invalid: "Token is invalid", expired: "Token is expired",
		stringSubject: true, checksUser: true, marksPassword: true, looksUpOwner: true,
	},
}

// LookUpRelease returns the release of that name, such as "5.3", or nil.
func LookUpRelease(name string) *Release { return releases[name] }

// ReleaseNames returns the names that [LookUpRelease] knows, oldest first.
func ReleaseNames() []string { return slices.Sorted(maps.Keys(releases)) }

// ChecksUser says whether Django looks for an active user on each refresh, which
// an edge that sees no users cannot do.
func (r *Release) ChecksUser() bool { return r.checksUser }

// MarksPassword says whether a login can put a mark of the user's password into
// its tokens (CHECK_REVOKE_TOKEN).
func (r *Release) MarksPassword() bool { return r.marksPassword }

// HasAlgorithm says whether the release takes algorithm as its ALGORITHM, of
// those that [KnownAlgorithm] knows.
func (r *Release) HasAlgorithm(algorithm string) bool {
	modern := strings.HasPrefix(algorithm, "PS") || algorithm == "EdDSA"
	return KnownAlgorithm(algorithm) && !(modern && r.fewAlgorithms)
}

// Text returns what the backend's release of SimpleJWT tells the client about err.
func (b *Backend) Text(err error) string { return b.release.Text(err) }

// Text returns what SimpleJWT tells the client about err, which is one of this
// package's errors about tokens.
func (r *Release) Text(err error) string {
	switch {
	case errors.Is(err, ErrExpired):
		return r.expired
	case errors.Is(err, ErrExpPassed):
		return "Token 'exp' claim has expired"
	case errors.Is(err, ErrNoExp):
		return "Token has no 'exp' claim"
	case errors.Is(err, ErrNoID):
		return "Token has no id"
	case errors.Is(err, ErrNoType):
		return "Token has no type"
	case errors.Is(err, ErrWrongType):
		return "Token has wrong type"
	case errors.Is(err, ErrBlacklisted), errors.Is(err, ErrStraggler), errors.Is(err, ErrReused):
		return "Token is blacklisted"
	case errors.Is(err, ErrNoActiveAccount):
		return "No active account found for the given token."
	case errors.Is(err, ErrPasswordChanged):
		return "The user's password has been changed."
	default:
		return r.invalid
	}
}
