// SPDX-License-Identifier: Apache-2.0

package simplejwt

import "github.com/caddyrefresh/caddyrefresh/internal/pyjson"

// names are the claim names that SimpleJWT lets a project choose.
type names struct {
	tokenType, jti, userID, revokeMark string

	// collapse: members named null may stand more than once in a token.
	collapse bool
}

const (
	// noClaim is not UTF-8, so no claim has this name.
	noClaim = "\xff"

	// noName is how Python's json writes the key None. If TOKEN_TYPE_CLAIM or JTI_CLAIM
	// is None, SimpleJWT writes the claim under that key, and never finds it again: in
	// a decoded token the key is the string "null" (tokens.py, Token.__init__ and
	// Token.set_jti).
	noName = "null"
)

func newNames(c *Config) names {
	n := names{c.TokenTypeClaim, c.JTIClaim, c.UserIDClaim, c.RevokeTokenClaim, false}
	for _, name := range []*string{&n.tokenType, &n.jti} {
		if *name == "" {
			*name, n.collapse = noClaim, true
		}
	}
	return n
}

// writtenName returns the quoted name under which SimpleJWT writes a claim that the
// configuration calls name.
func writtenName(name string) string {
	if name == "" {
		name = noName
	}
	return string(pyjson.AppendQuote(nil, name))
}

// collapsed merges members named null as Python does. A rotated token has one for its
// own key None and one for the "null" of the token before. The merged one has the place
// of the first and the value of the last.
func collapsed(all []claim) []claim {
	first, kept := -1, all[:0]
	for _, m := range all {
		if string(m.plainName()) == noName {
			if first >= 0 {
				kept[first].value = m.value
				continue
			}
			first = len(kept)
		}
		kept = append(kept, m)
	}
	return kept
}
