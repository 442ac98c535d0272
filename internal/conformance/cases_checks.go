// SPDX-License-Identifier: Apache-2.0

package conformance

import "strings"

// claimChecks are tokens whose claims Django refuses, and some that it only
// seems to.
func (m *maker) claimChecks() {
	type check struct {
		name  string
		c     Claims
		crash bool
	}
	unmade := map[string]bool{} // refreshing crashes, and verifying does not
	base := m.claims()
	checks := []check{
		{"expired", base.With("exp", m.at(-600)), false},
		{"no exp", base.Without("exp"), false},
		{"no jti", base.Without(m.p.JTI), false},
		{"no type", base.Without(m.p.Type), false},
		{"access token", base.With(m.p.Type, `"access"`), false},
		{"iat in the future", base.With("iat", m.at(600)), false},
		{"nbf in the future", base.With("nbf", m.at(600)), false},
		{"expired, wrong type, no jti", base.With("exp", m.at(-600)).With(m.p.Type, `"access"`).Without(m.p.JTI), false},
		{"no jti, wrong type", base.With(m.p.Type, `"access"`).Without(m.p.JTI), false},
		{"no exp, no jti", base.Without("exp", m.p.JTI), false},
		{"iat in the future and expired", base.With("iat", m.at(600)).With("exp", m.at(-600)), false},
		{"exp null", base.With("exp", `null`), true},
		{"jti a number", base.With(m.p.JTI, `7`), false},
	}
	if m.p.Name == "default" {
		for _, v := range []check{
			{name: `"sliding"`}, {name: `"Refresh"`}, {name: `"refresh "`}, {name: `""`}, {name: `null`}, {name: `7`}, {name: `true`}, {name: `["refresh"]`}, {name: `{"refresh":1}`},
		} {
			checks = append(checks, check{"type " + v.name, base.With("token_type", v.name), false})
		}
		for _, raw := range []string{`""`, `7`, `null`, `true`, `1.5`, `["a"]`, `{"a":1}`, `"` + strings.Repeat("j", 300) + `"`, `"é\u0000"`} {
			checks = append(checks, check{"jti " + cut(raw), base.With("jti", raw), false})
		}
		for _, raw := range []string{`""`, `7`, `null`, `true`, `["a"]`} {
			checks = append(checks, check{"sub " + raw, base.With("sub", raw), false})
		}
		for _, v := range []check{
			{name: `0`},
			{name: `-1`},
			{name: `true`},
			{name: `false`},
			{name: `1.5`},
			{name: m.at(-600) + ".75"},
			{name: m.at(600) + ".75"},
			{name: `"abc"`},
			{name: `""`},
			{name: `"1.5"`},
			{name: `NaN`},
			{name: `253402300799`},
			{name: strings.Repeat("9", 4301)},
			{name: `"` + m.at(600) + `"`, crash: true},
			{name: `" ` + m.at(600) + ` "`, crash: true},
			{name: `"1_0"`},
			{name: `"10"`},
			{name: `[]`, crash: true},
			{name: `{}`, crash: true},
			{name: `253402300800`, crash: true},
			{name: `1000000000000`, crash: true},
			{name: `1e30`, crash: true},
			{name: `1e+30`, crash: true},
			{name: `9223372036854775808`, crash: true},
			{name: strings.Repeat("9", 400), crash: true},
			{name: `Infinity`, crash: true},
			{name: `-Infinity`, crash: true},
			{name: `-1e+30`},
			{name: `-62135596801`},
			{name: `-9223372036854775809`},
		} {
			checks = append(checks, check{"exp " + cut(v.name), base.With("exp", v.name), v.crash})
		}
		for _, v := range []check{
			{name: `0`},
			{name: `-1`},
			{name: `true`},
			{name: `false`},
			{name: `1.5`},
			{name: m.at(-600) + ".75"},
			{name: m.at(600) + ".75"},
			{name: `"abc"`},
			{name: `""`},
			{name: `NaN`},
			{name: `1e+30`},
			{name: `-1e+30`},
			{name: `"5"`, crash: m.rel.PyJWT.RawIssuedAt},
			{name: `" 1_0 "`, crash: m.rel.PyJWT.RawIssuedAt},
			{name: `null`, crash: true},
			{name: `[]`, crash: true},
			{name: `{}`, crash: true},
			{name: `Infinity`, crash: true},
			{name: `-Infinity`, crash: true},
		} {
			checks = append(checks,
				check{"iat " + v.name, base.With("iat", v.name), v.crash},
				check{"nbf " + v.name, base.With("nbf", v.name), v.crash && v.name != `"5"` && v.name != `" 1_0 "`})
		}
		for _, raw := range []string{`"x"`, `["x"]`, `[]`, `7`, `null`, `{}`} {
			checks = append(checks, check{"aud " + raw + " that nobody asked for", base.With("aud", raw), false},
				check{"iss " + raw + " that nobody asked for", base.With("iss", raw), false})
			if m.rel.PyJWT.StringIssuer && raw != `"x"` {
				unmade[checks[len(checks)-1].name] = true
			}
		}
	}
	for i, v := range checks {
		token := m.sign(v.c)
		if c := m.refresh("claims: "+v.name, token); v.crash || unmade[v.name] {
			m.crashes(c)
		}
		if m.p.Name != "default" || i < 16 || i%3 == 0 {
			c := m.verify("claims: "+v.name, token)
			if v.crash {
				m.crashes(c)
			}
			c.LiveOnly = m.p.Name != "default" && i > 3 || i >= 16
		}
	}
}

// cut keeps names of cases short.
func cut(s string) string {
	if len(s) > 40 {
		return s[:37] + "..."
	}
	return s
}

// moments are tokens that are on the edge of their time.
func (m *maker) moments() {
	if m.p.Name != "default" && m.p.Name != "hs384" && m.p.Public == "" {
		return
	}
	leeway := int64(m.p.Leeway)
	for _, d := range []int64{-1, 0, 1} {
		for _, offset := range []float64{0, 0.25, 0.75} {
			name := map[int64]string{-1: "a second before", 0: "at", 1: "a second after"}[d] + map[float64]string{0: "", 0.25: ", clock + 0.25 s", 0.75: ", clock + 0.75 s"}[offset]
			for _, v := range []struct{ name, token string }{
				{"exp is " + name + " the limit", m.sign(m.claims().With("exp", m.at(d-leeway)))},
				{"iat is " + name + " the limit", m.sign(m.claims().With("iat", m.at(d+leeway)))},
				{"nbf is " + name + " the limit", m.sign(m.claims().With("nbf", m.at(d+leeway)))},
			} {
				c := m.refresh("moment: "+v.name, v.token)
				c.Offset, c.Exact = offset, true
			}
		}
	}
	for _, claim := range []string{"exp", "iat", "nbf"} {
		sign := map[string]int64{"exp": -1}[claim]
		if sign == 0 {
			sign = 1
		}
		c := m.refresh("moment: "+claim+" is half a second past the limit", m.sign(m.claims().With(claim, m.at(sign*leeway)+".5")))
		c.Offset, c.Exact = 0.25, true
		c = m.refresh("moment: "+claim+" is half a second past the limit, clock + 0.75 s", m.sign(m.claims().With(claim, m.at(sign*leeway)+".5")))
		c.Offset, c.Exact = 0.75, true
	}
	c := m.refresh("moment: lifetimes cross a second", m.sign(m.claims()))
	c.Offset, c.Exact = 0.625, true
	c = m.refresh("moment: just before the next second", m.sign(m.claims().With("role", `"late"`)))
	c.Offset, c.Exact = 0.99999, true
}

// audiences are about aud and iss where the profile asks for them.
func (m *maker) audiences() {
	base := m.claims()
	if len(m.p.Audience) > 0 {
		first := PyString(m.p.Audience[0])
		last := PyString(m.p.Audience[len(m.p.Audience)-1])
		for i, raw := range []string{
			first, last, "[" + first + "]", "[" + last + `,"other"]`, `["other",` + first + "," + first + "]", "[]", `""`, `null`, `false`, `0`, `7`, `{}`, `{` + first + `:1}`,
			`"other"`, `["other"]`, `[` + first + `,7]`, `[[` + first + `]]`, PyString(m.p.Audience[0] + " "), PyString(strings.ToUpper(m.p.Audience[0])), `true`,
		} {
			token := m.sign(base.With("aud", raw))
			m.refresh("aud "+raw, token).LiveOnly = m.p.AudienceIsOneValue && i > 4
			m.verify("aud "+raw, token).LiveOnly = true
		}
		m.refresh("no aud", m.sign(base.Without("aud")))
		m.refresh("no aud and expired", m.sign(base.Without("aud").With("exp", m.at(-600))))
	}
	if m.p.Issuer != "" {
		for _, raw := range []string{`null`, `""`, `7`, `[` + PyString(m.p.Issuer) + `]`, `"https://other.example"`, PyString(m.p.Issuer + "/"), `{}`, `true`} {
			token := m.sign(base.With("iss", raw))
			m.refresh("iss "+raw, token)
			m.verify("iss "+raw, token).LiveOnly = true
		}
		m.refresh("no iss", m.sign(base.Without("iss")))
		m.refresh("wrong iss and expired", m.sign(base.With("iss", `"x"`).With("exp", m.at(-600))))
		m.refresh("wrong iss, wrong type", m.sign(base.With("iss", `"x"`).With(m.p.Type, `"access"`)))
	}
}
