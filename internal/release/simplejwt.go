// SPDX-License-Identifier: Apache-2.0

package release

import "slices"

// SimpleJWT is what differs between the releases of djangorestframework-simplejwt.
type SimpleJWT struct {
	// Version is the release.
	Version Version

	// Texts are what a client is told.
	Texts Texts

	// Algorithms are what ALGORITHM may be (backends.py, ALLOWED_ALGORITHMS).
	Algorithms []string

	// CopiesIssuedAt: the access token gets the iat of the refresh token instead
	// of the time it is made (tokens.py, RefreshToken.no_copy_claims).
	CopiesIssuedAt bool

	// ChecksUser: each refresh looks for an active user (serializers.py,
	// TokenRefreshSerializer.validate). An edge that sees no users cannot do so.
	ChecksUser bool

	// MarksPassword: a login writes REVOKE_TOKEN_CLAIM if CHECK_REVOKE_TOKEN is on
	// (tokens.py, Token.for_user). Only the authentication of API requests checks it
	// (authentication.py, JWTAuthentication.get_user).
	MarksPassword bool

	// RecordsOwner: if blacklisting has to write a row for a token, the row names the
	// token's user and the time (tokens.py, BlacklistMixin.blacklist).
	RecordsOwner bool

	// LooksUpOwner: rotating looks up the token's user for the row of the new token, and
	// so crashes on an id that is no key (tokens.py, BlacklistMixin.outstand). If only
	// RecordsOwner is set, the claim is written as it stands.
	LooksUpOwner bool

	// RotationNeedsApp: without the token_blacklist app each refresh that rotates
	// crashes, since the new token needs the app's table (tokens.py, Token.outstand).
	RotationNeedsApp bool

	// pyJWTBefore is the first PyJWT that the package's metadata excludes; it excludes
	// all later ones too. Zero excludes none.
	pyJWTBefore Version

	// djangoBefore is the first Django whose django.utils.timezone lacks the utc that
	// the release imports (utils.py). Zero: the release does not import it.
	djangoBefore Version
}

// Texts are what SimpleJWT tells a client about a token.
type Texts struct {
	Invalid     string // it cannot be decoded (tokens.py, Token.__init__)
	Expired     string // exp has passed (tokens.py, Token.__init__)
	ExpPassed   string // exp has passed by SimpleJWT's own check (tokens.py, Token.check_exp)
	NoExp       string // it has no exp (tokens.py, Token.check_exp)
	NoID        string // it has no jti (tokens.py, Token.verify)
	NoType      string // it has no token type (tokens.py, Token.verify_token_type)
	WrongType   string // it is of another type (tokens.py, Token.verify_token_type)
	Blacklisted string // it is blacklisted (tokens.py, BlacklistMixin.check_blacklist)

	NoActiveAccount string // its user is missing or inactive (serializers.py, TokenRefreshSerializer)
	PasswordChanged string // its user has changed the password (authentication.py, JWTAuthentication.get_user)
}

// simpleJWTs are the releases that are known.
var simpleJWTs = library{
	name:    "SimpleJWT",
	setting: "simplejwt_version",
	known:   releases("5.2.2", "5.3.1", "5.4.0", "5.5.1"),
}

// simpleJWT returns the facts of a version.
func simpleJWT(v Version) SimpleJWT {
	s := SimpleJWT{
		Version:        v,
		Texts:          simpleJWTTexts(v),
		Algorithms:     []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"},
		CopiesIssuedAt: !v.Since(5, 5, 1),
		ChecksUser:     v.Since(5, 4, 0),
		MarksPassword:  v.Since(5, 3, 0),
		RecordsOwner:   v.Since(5, 4, 0),
		LooksUpOwner:   v.Since(5, 5, 0),

		RotationNeedsApp: v.Since(5, 5, 0) && !v.Since(5, 5, 1),
	}
	if v.Since(5, 4, 0) {
		s.Algorithms = append(s.Algorithms, "PS256", "PS384", "PS512", "EdDSA")
	}
	if v.Since(5, 5, 0) && !v.Since(5, 5, 1) {
		s.pyJWTBefore = mustParse("2.10.0")
	}
	if !v.Since(5, 2, 1) {
		s.djangoBefore = mustParse("5.0.0")
	}
	return s
}

// simpleJWTTexts returns the texts of a version: those of the oldest release, with the
// changes of later ones.
func simpleJWTTexts(v Version) Texts {
	t := Texts{ //nolint:gosec // what is said of tokens is no credential
		Invalid:         "Token is invalid or expired",
		Expired:         "Token is invalid or expired",
		ExpPassed:       "Token 'exp' claim has expired",
		NoExp:           "Token has no 'exp' claim",
		NoID:            "Token has no id",
		NoType:          "Token has no type",
		WrongType:       "Token has wrong type",
		Blacklisted:     "Token is blacklisted",
		NoActiveAccount: "No active account found for the given token.",
		PasswordChanged: "The user's password has been changed.",
	}
	if v.Since(5, 5, 0) {
		t.Invalid, t.Expired = "Token is invalid", "Token is expired"
	}
	return t
}

// HasAlgorithm reports whether the release accepts algorithm as its ALGORITHM.
func (s *SimpleJWT) HasAlgorithm(algorithm string) bool {
	return slices.Contains(s.Algorithms, algorithm)
}
