// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"fmt"
	"strconv"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// Claim is a claim to put into a new token: its name and its value in JSON.
type Claim struct {
	Name  string
	Value []byte
}

// NewRefreshToken mints a refresh token as a login does: token_type, exp, iat and jti,
// then extra in its order, as after RefreshToken() and token[name] = value in Python. An
// extra claim replaces the one of the same name. Claims that PyJWT refuses to encode are
// an error.
func (b *Backend) NewRefreshToken(extra []Claim, now time.Time) (string, error) {
	all := []Claim{
		{b.names.tokenType, pyjson.AppendQuote(nil, refreshType)},
		{"exp", strconv.AppendInt(nil, now.Add(b.refreshLifetime).Unix(), 10)},
		{"iat", strconv.AppendInt(nil, now.Unix(), 10)},
	}
	all = set(all, Claim{b.names.jti, append(b.newJTI([]byte{'"'}), '"')})
	for _, claim := range extra {
		all = set(all, claim)
	}
	if b.audienceValue != nil {
		all = set(all, Claim{"aud", b.audienceValue})
	}
	if b.issuerValue != nil {
		all = set(all, Claim{"iss", b.issuerValue})
	}
	var payload []byte
	for _, claim := range all {
		if claim.Name == "iss" && b.release.PyJWT.StringIssuer && pyjson.KindOf(claim.Value) != pyjson.String {
			return "", fmt.Errorf("the claim iss is not a string, and PyJWT %s makes no such token: give a string", b.release.PyJWT.Version)
		}
		if claim.Name == noClaim {
			claim.Name = noName
		}
		name := pyjson.AppendQuote(nil, claim.Name)
		payload = appendMember(payload, name[1:len(name)-1], claim.Value)
	}
	payload[0] = '{'
	token, err := b.appendToken(nil, append(payload, '}'))
	return string(token), err
}

// set does all[claim.Name] = claim.Value, as a Python dict.
func set(all []Claim, claim Claim) []Claim {
	for i := range all {
		if all[i].Name == claim.Name {
			all[i].Value = claim.Value
			return all
		}
	}
	return append(all, claim)
}
