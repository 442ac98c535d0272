// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// registered explains the claims that PyJWT checks. It gives checkRegistered one claim
// at a time, to find every problem.
func (x *explainer) registered(c *claims) {
	alone := *x.b
	alone.issuer, alone.audience = "", nil
	for _, one := range []struct {
		claim *claim
		only  claims
		why   func(error) string
	}{
		{c.iat, claims{iat: c.iat, issued: c.issued}, func(error) string { return x.whyIssued(c) }},
		{c.nbf, claims{nbf: c.nbf, notBefore: c.notBefore}, func(error) string { return x.whyNotBefore(c) }},
		{c.exp, claims{exp: c.exp, expires: c.expires}, func(err error) string { return x.whyExpired(c, err) }},
		{c.sub, claims{sub: c.sub}, func(error) string { return x.whyNoString("sub", c.sub) }},
		{c.literalID, claims{literalID: c.literalID}, func(error) string { return x.whyNoString("jti", nil) }},
	} {
		if one.claim == nil {
			continue
		}
		if err := alone.checkRegistered(&one.only, x.now); err != nil {
			x.problem(err, "%s", one.why(err))
		}
	}
	alone.issuer = x.b.issuer
	if err := alone.checkRegistered(&claims{iss: c.iss}, x.now); err != nil {
		x.problem(err, "%s, and issuer is %q: write the ISSUER of SIMPLE_JWT", has("iss", c.iss), x.b.issuer)
	}
	alone.issuer, alone.audience = "", x.b.audience
	if err := alone.checkRegistered(&claims{aud: c.aud}, x.now); err != nil {
		x.problem(err, "%s, and audience is %s: write the AUDIENCE of SIMPLE_JWT", has("aud", c.aud), quoted(x.b.audience))
	}
}

// These stand in for the claims that are not being explained.
var (
	goodClaim = &claim{value: []byte(`"x"`)}
	goodDate  = numericDate{seconds: lastSecond, number: true, ok: true}
)

// own explains the claims that SimpleJWT checks.
func (x *explainer) own(c *claims) {
	b := x.b
	exp := claims{exp: c.exp, expires: c.expires, jti: goodClaim}
	expired := slices.ContainsFunc(x.Problems, func(p Problem) bool { return errors.Is(p.Err, ErrExpired) })
	if err := b.checkToken(&exp, x.now, ""); err != nil && !expired {
		x.problem(err, "%s", x.whyExpired(c, err))
	}
	id := claims{exp: goodClaim, expires: goodDate, jti: c.jti}
	if err := b.checkToken(&id, x.now, ""); err != nil {
		if b.store != nil {
			err = ErrInvalid // as verify has it
		}
		x.problem(err, "it has no claim %s, and jti_claim names it: write the JTI_CLAIM of SIMPLE_JWT; %s", b.names.jti, claimNames(c))
	} else if b.store != nil && !storable(c.jti) {
		x.problem(ErrInvalid, "its %s is not a string of 1 to 255 bytes, which stores identify tokens by", b.names.jti)
	}
	kind := claims{exp: goodClaim, expires: goodDate, jti: goodClaim, tokenType: c.tokenType}
	switch err := b.checkToken(&kind, x.now, x.wantType); {
	case err == nil:
	case c.tokenType == nil:
		x.problem(err, "it has no claim %s, and token_type_claim names it: write the TOKEN_TYPE_CLAIM of SIMPLE_JWT; %s", b.names.tokenType, claimNames(c))
	default:
		x.problem(err, "its %s is %s, and only %q is refreshed: give a %s token", b.names.tokenType, shown(c.tokenType.value), x.wantType, x.wantType)
	}
	if c.userID == nil {
		x.Remarks = append(x.Remarks, "the token has no claim "+b.names.userID+", so it names no user to look up or to log out: "+
			"write the USER_ID_CLAIM of SIMPLE_JWT as user_id_claim; "+claimNames(c))
	}
}

func (x *explainer) whyIssued(c *claims) string {
	if !c.issued.ok || x.b.release.PyJWT.RawIssuedAt && !c.issued.number {
		return "its iat is " + shown(c.iat.value) + ", which is not a time"
	}
	return "its iat is " + moment(c.issued, x.now) + ", and a token cannot be issued in the future: the clock of the machine that issued it is ahead of this one's; " +
		"check NTP on both, or write the LEEWAY of SIMPLE_JWT"
}

func (x *explainer) whyNotBefore(c *claims) string {
	if !c.notBefore.ok {
		return "its nbf is " + shown(c.nbf.value) + ", which is not a time"
	}
	return "its nbf is " + moment(c.notBefore, x.now) + ", and it is not valid before then"
}

func (x *explainer) whyExpired(c *claims, err error) string {
	switch {
	case c.exp == nil:
		return "it has no exp: SimpleJWT refuses tokens that do not expire; " + claimNames(c)
	case errors.Is(err, ErrInvalid):
		return "its exp is " + shown(c.exp.value) + ", which is not a time that SimpleJWT can read"
	default:
		return "its exp is " + moment(c.expires, x.now) + ": it has expired; give a newer token"
	}
}

// whyNoString says that a claim is not a string. c is nil for a jti, whose value must
// not be shown.
func (x *explainer) whyNoString(name string, c *claim) string {
	text := "its " + name
	if c != nil {
		text += " is " + shown(c.value) + ", which"
	}
	return text + " is not a string, which PyJWT requires from 2.10 on: write the pyjwt_version that pip freeze prints in the backend"
}

func (x *explainer) sessionOver(c *claims, err error) {
	start := began(c, x.now.Unix())
	if c.sessionStart != nil {
		start = parseNumericDate(c.sessionStart.value).seconds
	}
	x.problem(err, "its session began at %s, and session_lifetime is %s: the user has to log in again",
		time.Unix(start, 0).UTC().Format(time.RFC3339), x.b.sessionLifetime)
}

// refreshOver says why a sliding token cannot be refreshed any more.
func (x *explainer) refreshOver(c *claims, err error) {
	name := x.b.slidingRefreshExpClaim
	for i := range c.all {
		m := &c.all[i]
		switch {
		case string(m.plainName()) != name:
		case errors.Is(err, ErrRefreshExpPassed):
			x.problem(err, "its %s is %s: it can no longer be refreshed; the user has to log in again", name, moment(parseNumericDate(m.value), x.now))
			return
		default:
			x.problem(err, "its %s is %s, which is not a time that SimpleJWT can read", name, shown(m.value))
			return
		}
	}
	x.problem(err, "it has no claim %s, and sliding_token_refresh_exp_claim names it: write the SLIDING_TOKEN_REFRESH_EXP_CLAIM of SIMPLE_JWT; %s", name, claimNames(c))
}

// unencodable says why PyJWT makes no token of these claims.
func (x *explainer) unencodable(c *claims) error {
	x.problem(ErrInvalid, "%s, which is not a string: PyJWT makes no token with it, and Django fails; let the backend write a string, or set ISSUER to it", has("iss", c.iss))
	return ErrInvalid
}

// has says in words what value the token has for a claim.
func has(name string, c *claim) string {
	if c == nil {
		return "it has no " + name
	}
	return "its " + name + " is " + shown(c.value)
}

func quoted(texts []string) string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = shown(pyjson.AppendQuote(nil, text))
	}
	return strings.Join(all, " or ")
}

// mostNames is how many claim names are listed.
const mostNames = 12

// claimNames lists the claims of a token: the missing one may be among them under
// another name.
func claimNames(c *claims) string {
	if len(c.all) == 0 {
		return "it has no claims"
	}
	var names []string
	for i := range c.all {
		if i == mostNames {
			names = append(names, "and others")
			break
		}
		names = append(names, shown(c.all[i].plainName()))
	}
	return "its claims are " + strings.Join(names, ", ")
}
