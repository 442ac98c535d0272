// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"slices"
	"strings"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

const (
	refreshType = "refresh"
	accessType  = "access"
	slidingType = "sliding"
)

// checkRegistered makes the checks that PyJWT makes, in its order
// (api_jwt.py, PyJWT._validate_claims). Where Python would crash on a value the
// token is invalid.
func (b *Backend) checkRegistered(c *claims, now time.Time) error {
	py, clock := &b.release.PyJWT, now
	if py.WholeSeconds {
		clock = clock.Truncate(time.Second)
	}
	// Claims are cut to whole seconds here. Comparing them with the clock's whole
	// seconds gives the same result as Python's comparison with fractions.
	if c.iat != nil && !b.issuedBy(&c.issued, clock) {
		return c.issued.refusal()
	}
	if c.nbf != nil {
		if !c.notBefore.ok || isLater(c.notBefore.seconds, clock, b.leeway) {
			return c.notBefore.refusal()
		}
	}
	if c.exp != nil {
		if !c.expires.ok {
			return c.expires.refusal()
		}
		margin := -b.leeway
		if py.ExpIncluded {
			margin--
		}
		if !isLater(c.expires.seconds, clock, margin) {
			return ErrExpired
		}
	}
	if b.issuer != "" && (c.iss == nil || !c.iss.is(b.issuer)) {
		if py.PartOfIssuer && c.iss != nil && c.iss.isString() && strings.Contains(b.issuer, c.iss.text()) {
			return errStricter
		}
		return ErrInvalid
	}
	if len(b.audience) > 0 && !b.audienceHolds(c.aud) {
		return ErrInvalid
	}
	if py.StringSubject && (notString(c.sub) || notString(c.literalID)) {
		return ErrInvalid
	}
	return nil
}

// issuedBy reports whether PyJWT accepts iat if its clock says clock.
func (b *Backend) issuedBy(iat *numericDate, clock time.Time) bool {
	py := &b.release.PyJWT
	switch {
	case !iat.ok:
		return false
	case py.FutureIssuedAt:
		return true
	case isLater(iat.seconds, clock, b.leeway+max(0, b.ahead())):
		return false
	case py.RawIssuedAt:
		return iat.number &&
			(iat.fraction <= 0 || float64(iat.seconds)+iat.fraction <= float64(clock.Unix())+b.leeway.Seconds())
	default:
		return true
	}
}

// checkToken makes the checks that SimpleJWT adds, in its order (tokens.py,
// Token.verify). wantType is "" where any type will do.
func (b *Backend) checkToken(c *claims, now time.Time, wantType string) error {
	if c.exp == nil {
		return ErrNoExp
	}
	exp := &c.expires
	if !exp.number || exp.seconds > lastSecond {
		return ErrInvalid // no datetime: Django crashes here
	}
	// PyJWT has checked exp already, but with SimpleJWT 5.2 in whole seconds: a token
	// gets this far only if, for instance, the leeway is half a second.
	if exp.seconds <= now.Unix() && exp.micros() <= now.Add(-b.leeway).UnixMicro() {
		return ErrExpPassed
	}
	if c.jti == nil && b.names.jti != noClaim {
		return ErrNoID
	}
	if wantType == "" || b.names.tokenType == noClaim {
		return nil
	}
	if c.tokenType == nil {
		return ErrNoType
	}
	if !c.tokenType.is(wantType) {
		return ErrWrongType
	}
	return nil
}

// isLater reports whether second is later than now plus margin.
func isLater(second int64, now time.Time, margin time.Duration) bool {
	// Adding to a time is slow and rarely decides, so try whole seconds first.
	switch whole := now.Unix(); {
	case margin >= 0 && second <= whole:
		return false
	case margin <= 0 && second > whole:
		return true
	}
	return second > now.Add(margin).Unix()
}

// audienceHolds reports whether aud, a string or an array of strings, names one of
// the audiences that the configuration names (RFC 7519 section 4.1.3).
func (b *Backend) audienceHolds(aud *claim) bool {
	if aud == nil {
		return false
	}
	switch pyjson.KindOf(aud.value) {
	case pyjson.String:
		return b.isAudience(aud)
	case pyjson.Array:
		found := false
		var elements pyjson.Elements
		elements.Reset(aud.value, pyjson.Constants)
		for elements.Next() {
			one := claim{value: elements.Value()}
			if notString(&one) {
				return false
			}
			found = found || b.isAudience(&one)
		}
		return found
	default:
		return false
	}
}

func (b *Backend) isAudience(c *claim) bool {
	return slices.ContainsFunc(b.audience, c.is)
}

func notString(c *claim) bool {
	return c != nil && !c.isString()
}
