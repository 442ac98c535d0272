// SPDX-License-Identifier: Apache-2.0

package release

// Texts are what SimpleJWT tells a client about a token.
type Texts struct {
	Invalid     string // it cannot be decoded (tokens.py, Token.__init__)
	Expired     string // exp has passed (tokens.py, Token.__init__)
	ExpPassed   string // exp has passed by SimpleJWT's own look at it (tokens.py, Token.check_exp)
	NoExp       string // it has no exp (tokens.py, Token.check_exp)
	NoID        string // it has no jti (tokens.py, Token.verify)
	NoType      string // it has no token type (tokens.py, Token.verify_token_type)
	WrongType   string // it is of another type (tokens.py, Token.verify_token_type)
	Blacklisted string // it is blacklisted (tokens.py, BlacklistMixin.check_blacklist)

	NoActiveAccount string // its user is missing or inactive (serializers.py, TokenRefreshSerializer)
	PasswordChanged string // its user has another password by now (authentication.py, JWTAuthentication.get_user)
}

// simpleJWTTexts returns the texts of a version: those of the oldest release, and
// below them what later ones changed.
func simpleJWTTexts(v Version) Texts {
	t := Texts{
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
