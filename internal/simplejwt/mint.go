// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// appendAccess appends the payload of the access token for refresh token c: its own
// four claims, then c's in c's order, then aud and iss (tokens.py,
// RefreshToken.access_token; backends.py, TokenBackend.encode).
func (b *Backend) appendAccess(dst []byte, c *claims, st *stamp) []byte {
	if b.jtiFirst {
		dst = append(dst, `{"`+noName+`":"`...)
		dst = append(b.newJTI(dst), `","exp":`...)
	} else {
		dst = append(dst, b.accessStart...)
	}
	dst = strconv.AppendInt(dst, st.accessExp, 10)
	dst = append(dst, `,"iat":`...)
	// Django would refuse a copied iat that is later than its clock.
	if b.release.CopiesIssuedAt && c.iat != nil && !st.issuedAhead {
		dst = append(dst, c.iat.value...)
	} else {
		dst = strconv.AppendInt(dst, st.accessIAT, 10)
	}
	if !b.jtiFirst {
		dst = append(dst, b.jtiMember...)
		dst = append(b.newJTI(dst), '"')
	}
	for i := range c.all {
		m := &c.all[i]
		switch m {
		case c.tokenType, c.exp, c.iat, c.jti, c.literalID:
			continue
		}
		dst = appendMember(dst, m.name, b.encoded(c, m))
	}
	return append(b.appendMissing(dst, c), '}')
}

// appendRotated appends the payload of refresh token c with a new jti, exp and
// iat in their places (serializers.py, TokenRefreshSerializer.validate).
func (b *Backend) appendRotated(dst []byte, c *claims, st *stamp) []byte {
	for i := range c.all {
		m := &c.all[i]
		switch m {
		case c.jti:
			dst = append(appendMember(dst, m.name, nil), '"')
			if st.jti == "" {
				dst = b.newJTI(dst)
			} else {
				dst = append(dst, st.jti...)
			}
			dst = append(dst, '"')
		case c.exp:
			dst = appendMember(dst, m.name, nil)
			dst = strconv.AppendInt(dst, st.refreshExp, 10)
		case c.iat:
			dst = appendMember(dst, m.name, nil)
			dst = strconv.AppendInt(dst, st.refreshIAT, 10)
		default:
			dst = appendMember(dst, m.name, b.encoded(c, m))
		}
	}
	dst[0] = '{'      // in place of the first comma
	if c.jti == nil { // JTI_CLAIM is None
		dst = append(dst, b.jtiMember...)
		dst = append(b.newJTI(dst), '"')
	}
	if c.iat == nil {
		dst = append(dst, `,"iat":`...)
		dst = strconv.AppendInt(dst, st.refreshIAT, 10)
	}
	if st.sessionStart != 0 {
		dst = append(dst, `,"`+SessionStartClaim+`":`...)
		dst = strconv.AppendInt(dst, st.sessionStart, 10)
	}
	return append(b.appendMissing(dst, c), '}')
}

// appendReencoded appends the payload of token c as SimpleJWT's str(token)
// encodes it.
func (b *Backend) appendReencoded(dst []byte, c *claims) []byte {
	for i := range c.all {
		dst = appendMember(dst, c.all[i].name, b.encoded(c, &c.all[i]))
	}
	dst[0] = '{'
	return append(b.appendMissing(dst, c), '}')
}

// encoded returns the value that m has in a token that is signed here: aud and
// iss are the configured ones where there are any.
func (b *Backend) encoded(c *claims, m *claim) []byte {
	switch {
	case m == c.aud && b.audienceValue != nil:
		return b.audienceValue
	case m == c.iss && b.issuerValue != nil:
		return b.issuerValue
	default:
		return m.value
	}
}

// appendMissing appends the configured aud and iss that c had no place for.
func (b *Backend) appendMissing(dst []byte, c *claims) []byte {
	if c.aud == nil && b.audienceValue != nil {
		dst = appendMember(dst, []byte("aud"), b.audienceValue)
	}
	if c.iss == nil && b.issuerValue != nil {
		dst = appendMember(dst, []byte("iss"), b.issuerValue)
	}
	return dst
}

// appendMember appends a comma, the name as it came, and the value.
func appendMember(dst, name, value []byte) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return append(dst, value...)
}

// appendToken appends payload, signed, in compact serialization.
func (b *Backend) appendToken(dst, payload []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, b.headerSegment...)
	dst = append(dst, '.')
	dst = appendEncoded(dst, payload)
	end := len(dst)
	dst = append(dst, '.')
	return b.signingKey.sign(dst, dst[start:end])
}

// encodeAudience writes AUDIENCE as SimpleJWT does: a text as a string, a list as
// an array.
func encodeAudience(audience []string, list bool) []byte {
	switch {
	case len(audience) == 0:
		return nil
	case len(audience) == 1 && !list:
		return pyjson.AppendQuote(nil, audience[0])
	}
	value := []byte{'['}
	for i, a := range audience {
		if i > 0 {
			value = append(value, ',')
		}
		value = pyjson.AppendQuote(value, a)
	}
	return append(value, ']')
}
