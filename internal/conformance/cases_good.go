// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"strings"
)

// goodTokens are tokens that a client would have.
func (m *maker) goodTokens() {
	m.refresh("good token", m.sign(m.claims()))
	m.refresh("good token, text user id", m.sign(m.claims().With(m.p.UserID, `"2"`)))
	m.refresh("good token without a user", m.sign(m.claims().Without(m.p.UserID)))
	m.refresh("good token without iat", m.sign(m.claims().Without("iat")))
	m.refresh("good token, claims in another order", m.sign(reversed(m.claims())))
	m.refresh("good token, claims after the user", m.sign(m.claims().With("role", `"editor"`).With("tenant", `42`)))
	m.refresh("good token, aud and iss in front", m.sign(append(Claims{{"iss", PyString(m.issuerOr("https://other.example"))}, {"aud", m.audOr(`"else"`)}}, m.claims().Without("iss", "aud")...)))
	m.refresh("good token, a claim named jti and one named as configured", m.sign(m.claims().With("jti", `"literal"`)))
	m.refresh("good token, claims of sliding tokens and of password checks",
		m.sign(m.claims().With("refresh_exp", m.at(9000)).With("hash_password", `"5F4DCC3B5AA765D61D8327DEB882CF99"`)))
	m.refresh("good token, nbf passed", m.sign(m.claims().With("nbf", m.at(-600))))
	m.refresh("good token, sub a string", m.sign(m.claims().With("sub", `"subject"`)))
	m.refresh("good token that PyJWT before 2.5 made", Compact(m.p.Algorithm, m.p.Key, `{"typ":"JWT","alg":"`+m.p.Algorithm+`"}`, m.claims().Payload()))
	m.verify("good refresh token", m.sign(m.claims()))
	m.verify("good access token", m.sign(m.claims().With(m.p.Type, `"access"`)))
	m.verify("good token without a type", m.sign(m.claims().Without(m.p.Type)))
	m.verify("good sliding token", m.sign(m.claims().With(m.p.Type, `"sliding"`).With("refresh_exp", m.at(9000))))
}

func (m *maker) issuerOr(other string) string {
	if m.p.Issuer != "" {
		return m.p.Issuer
	}
	return other
}

// audOr returns the raw aud of a good token, or other where there is none.
func (m *maker) audOr(other string) string {
	for _, c := range m.claims() {
		if c.Name == "aud" {
			return c.Raw
		}
	}
	return other
}

func reversed(c Claims) Claims {
	out := make(Claims, 0, len(c))
	for i := range c {
		out = append(out, c[len(c)-1-i])
	}
	return out
}

// claimValues are claims that are carried over, spelled as Python does.
func (m *maker) claimValues() {
	for _, v := range []struct{ name, raw string }{
		{"null", `null`},
		{"true", `true`},
		{"false", `false`},
		{"zero", `0`},
		{"negative", `-17`},
		{"2^53+1", `9007199254740993`},
		{"2^64", `18446744073709551616`},
		{"30 digits", `123456789012345678901234567890`},
		{"1000 digits", strings.Repeat("7", 1000)},
		{"float", `0.1`},
		{"float with integer value", `1.0`},
		{"negative zero", `-0.0`},
		{"small float", `1e-07`},
		{"large float", `1e+16`},
		{"long float", `123456789.12345679`},
		{"least float", `5e-324`},
		{"greatest float", `1.7976931348623157e+308`},
		{"not a number", `NaN`},
		{"infinity", `Infinity`},
		{"negative infinity", `-Infinity`},
		{"empty string", `""`},
		{"latin letters", PyString("Zoë Müller-Łukasz")},
		{"other scripts", PyString("名前 имя اسم")},
		{"emoji", PyString("👩‍🚀🚀")},
		{"lone surrogate", `"\ud83d"`},
		{"surrogates in the wrong order", `"\ude80\ud83d"`},
		{"control characters", `"\u0000\u0001\u001f\b\f\n\r\t"`},
		{"quotes and slashes", `"\"quoted\" back\\slash /slash"`},
		{"HTML", `"<a href='x'>&amp;</a>"`},
		{"line separators", `"\u2028\u2029"`},
		{"delete", `"\u007f"`},
		{"long string", `"` + strings.Repeat("long ", 200) + `"`},
		{"empty object", `{}`},
		{"empty array", `[]`},
		{"array", `[1,"two",null,true,[3.5,{"four":4}]]`},
		{"object", `{"admin":false,"teams":["red","blue"],"quota":{"cpu":2,"memory":9007199254740993}}`},
		{"object with odd names", `{"":1,"\"":2,"\u00e9":3,"exp":4,"jti":5}`},
		{"30 levels", strings.Repeat("[", 30) + strings.Repeat("]", 30)},
	} {
		m.refresh("claim: "+v.name, m.sign(m.claims().With("custom", v.raw)))
	}
}

// claimNames are names that a claim which is carried over may have.
func (m *maker) claimNames() {
	for _, name := range []string{"", "é", "🚀", `a"b`, `a\b`, "a b", "\n", "user.id", "https://example.com/roles", "EXP", "Token_Type", "JTI", "null", "access", "refresh"} {
		m.refresh("claim named "+PyString(name), m.sign(m.claims().With(name, `"value"`)))
	}
	many := m.claims()
	for i := range 40 {
		many = many.With(fmt.Sprintf("claim%02d", i), fmt.Sprint(i*i))
	}
	m.refresh("forty claims more", m.sign(many))
}

// userIDs are users that exist, and some that do not.
func (m *maker) userIDs() {
	for _, id := range []string{`0`, `""`, `null`, `false`, `[]`, `{}`, `3`, `"4"`, `" 5 "`, `1.0`, `true`} {
		m.refresh("user id "+id, m.sign(m.claims().With(m.p.UserID, id)))
	}
	for _, id := range []string{`6`, `"6"`, `7`, `99999`, `-1`, `"abc"`, `[1]`, `{"id":1}`, `1e+300`, `123456789012345678901234567890`} {
		c := m.refresh("user id that may not refresh: "+id, m.sign(m.claims().With(m.p.UserID, id)))
		if m.rel.ChecksUser {
			twin := JSON(RefreshPath, `{"refresh":"`+m.sign(m.claims())+`"}`)
			c.Differs = &Difference{Row: RowUserState, Twin: &twin, Respelled: true}
		}
	}
}

// spellings are claims as Python would not spell them.
func (m *maker) spellings() {
	for _, v := range []struct{ name, payload string }{
		{"UTF-8", m.claims().With("name", `"Zoë 🚀"`).Payload()},
		{"escaped slash", m.claims().With("url", `"https:\/\/example.com"`).Payload()},
		{"needless escapes", m.claims().With("name", `"\u0041\u00E9"`).Payload()},
		{"delete", m.claims().With("name", "\"\x7f\"").Payload()},
		{"exponent", m.claims().With("n", `1E5`).Payload()},
		{"too large for a float", m.claims().With("n", `1E400`).Payload()},
		{"more digits than a float has", m.claims().With("n", `123456789.123456789`).Payload()},
		{"negative integer zero", m.claims().With("n", `-0`).Payload()},
		{"white space", "\t" + strings.ReplaceAll(strings.ReplaceAll(m.claims().With("o", `{"a": [1, 2]}`).Payload(), ":", " : "), ",", " ,\r\n") + " "},
		{"duplicate inside a claim", m.claims().With("o", `{"a":1,"a":2}`).Payload()},
		{"name in UTF-8", strings.Replace(m.claims().With("x", `"v"`).Payload(), `"x"`, `"naïve"`, 1)},
		{"name with needless escapes", strings.Replace(m.claims().With("x", `"v"`).Payload(), `"x"`, `"\u0078"`, 1)},
		{"jti with needless escapes", strings.Replace(m.claims().Payload(), `"jti"`, `"\u006ati"`, 1)},
		{"type with needless escapes", strings.Replace(m.claims().Payload(), `"refresh"`, `"\u0072efresh"`, 1)},
	} {
		c := m.refresh("spelling: "+v.name, m.p.Sign(v.payload))
		c.Differs = &Difference{Row: RowClaimSpelling, Respelled: true}
	}
}
