// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

// changedToken is a token at which the releases of PyJWT part: in how they read
// base64url, which headers they take, and what they want of a registered claim.
func (x *chaos) changedToken() string {
	switch x.rng.IntN(6) {
	case 0:
		return x.spelledAnew()
	case 1:
		return Compact(x.p.Algorithm, x.p.Key, x.changedHeader(), x.randomClaims().Payload())
	case 2:
		depth := pick(x.rng, 100, 890, 1500, 3000) // recursion ends at about 1000 levels
		return x.p.Sign(x.claims().With("x", strings.Repeat("[", depth)+strings.Repeat("]", depth)).Payload())
	}
	c := x.randomClaims()
	for more := true; more; more = x.one(3) {
		c = x.changedClaim(c)
	}
	return x.p.Sign(c.Payload())
}

// changedClaim gives a registered claim a value that some releases take.
func (x *chaos) changedClaim(c Claims) Claims {
	digits := strings.Repeat("9", 1+x.rng.IntN(400))
	odd := []string{
		`null`, `true`, `false`, `""`, `"x"`, `[]`, `{}`, `[1]`, `{"a":1}`, `0`, `-1`, `0.5`, `-0.0`, `1e400`, `-1e400`, `1e+300`, `NaN`, `Infinity`, `-Infinity`,
		digits, "-" + digits, `" 5 "`, `"1_0"`, `"+5"`, x.value(0),
	}
	switch name := pick(x.rng, "exp", "iat", "iat", "nbf", "sub", "jti", "iss", "iss", "aud"); name {
	case "exp", "iat", "nbf":
		hour := pick(x.rng, x.at(3600), x.at(-3600))
		return c.With(name, pick(x.rng, append(odd, hour, hour+".5", `"`+hour+`"`, `" `+hour+`\n"`)...))
	case "iss":
		part := x.p.Issuer[x.rng.IntN(len(x.p.Issuer)+1):]
		return c.With(name, pick(x.rng, append(odd, PyString(strings.ToValidUTF8(part, "")), "["+PyString(x.p.Issuer)+"]")...))
	case "aud":
		return c.With(name, pick(x.rng, append(odd, `"api"`, `["web"]`, `["web",null]`, `{"web":1}`)...))
	default:
		return c.With(name, pick(x.rng, odd...))
	}
}

// changedHeader is a header that some releases take.
func (x *chaos) changedHeader() string {
	header := Claims{{"alg", PyString(x.p.Algorithm)}, {"typ", `"JWT"`}}
	for more := true; more; more = x.one(2) {
		switch x.rng.IntN(5) {
		case 0:
			header = header.With("crit", pick(x.rng, `["b64"]`, `["exp"]`, `[]`, `"b64"`, `[1]`, `{"b64":1}`, `null`, `["b64","b64"]`))
		case 1:
			header = header.With("b64", pick(x.rng, `true`, `false`, `null`, `0`, `1`))
		case 2:
			header = header.With("kid", pick(x.rng, `"k"`, `""`, `7`, `null`, `["k"]`))
		case 3:
			header = header.With("typ", pick(x.rng, `"at+jwt"`, `7`, `null`, `[]`))
		case 4:
			header = header.With("alg", pick(x.rng, PyString(x.p.Algorithm), `null`, `""`, `[]`, `{}`, `7`, `true`, `["`+x.p.Algorithm+`"]`))
		}
	}
	x.rng.Shuffle(len(header), func(i, j int) { header[i], header[j] = header[j], header[i] })
	return header.Payload()
}

// spelledAnew signs segments in another spelling than the canonical one. The
// signature holds for them as they stand.
func (x *chaos) spelledAnew() string {
	payload := x.randomClaims().Payload() + strings.Repeat(" ", x.rng.IntN(3))
	segments := []string{b64.EncodeToString([]byte(Header(x.p.Algorithm))), b64.EncodeToString([]byte(payload))}
	at := x.rng.IntN(3)
	if at < 2 {
		segments[at] = x.oddSegment(segments[at])
	}
	signature := b64.EncodeToString(Signature(x.p.Algorithm, x.p.Key, strings.Join(segments, ".")))
	if at == 2 {
		signature = x.oddSegment(signature)
	}
	return strings.Join(append(segments, signature), ".")
}

func (x *chaos) oddSegment(s string) string {
	switch i := x.rng.IntN(len(s)); x.rng.IntN(4) {
	case 0:
		return s + strings.Repeat("=", 1+x.rng.IntN(4))
	case 1:
		return s + strings.Repeat("=", (4-len(s)%4)%4)
	case 2:
		return flipUnused(s)
	default:
		return s[:i] + pick(x.rng, "!", "****", "\n", "=", "+", "/", " ", "é", "A") + s[i:]
	}
}

// partOfIssuer reports whether the token's iss is a part of the issuer that the
// profile asks for, which PyJWT 2.10.0 takes for it (CVE-2024-53861).
func (p *Profile) partOfIssuer(token string) bool {
	members, err := tokenMembers(token)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(members, func(m compare.Member) bool {
		var issuer string
		return m.Name == "iss" && json.Unmarshal([]byte(m.Raw), &issuer) == nil &&
			issuer != p.Issuer && strings.Contains(p.Issuer, issuer)
	})
}
