// SPDX-License-Identifier: Apache-2.0

package conformance

import "fmt"

// sliding are the cases of a project with sliding tokens: what is about this view
// and its token. What is about bodies, headers and signatures is the same for each
// view, and other profiles have it.
func (m *maker) sliding() {
	good := m.slidingClaims()
	for _, c := range []struct {
		name   string
		claims Claims
	}{
		{"good", good},
		{"text user id", good.With(m.p.UserID, `"2"`)},
		{"no user", good.Without(m.p.UserID)},
		{"a user that does not exist", good.With(m.p.UserID, "99999")},
		{"a user who is not active", good.With(m.p.UserID, "6")},
		{"no iat", good.Without("iat")},
		{"another order", reversed(good)},
		{"claims more", good.With("role", `"editor"`).With("ratio", "0.1").With("é", `[1,{"a":null}]`)},
		{"exp a float", good.With("exp", m.at(200)+".25")},
		{"nbf passed", good.With("nbf", m.at(-600))},
		{"nbf to come", good.With("nbf", m.at(600))},
		{"expired", good.With("exp", m.at(-600))},
		{"no exp", good.Without("exp")},
		{"no id", good.Without(m.p.JTI)},
		{"no type", good.Without(m.p.Type)},
		{"access token", good.With(m.p.Type, `"access"`)},
		{"refresh token", good.With(m.p.Type, `"refresh"`)},
		{"type a list", good.With(m.p.Type, `["sliding"]`)},
		{"no time", good.Without(m.p.RefreshExp)},
		{"no time, no id", good.Without(m.p.RefreshExp, m.p.JTI)},
		{"no time, expired", good.Without(m.p.RefreshExp).With("exp", m.at(-600))},
		{"time under another name", good.Without(m.p.RefreshExp).With("refresh_exp_", m.at(9000))},
		{"aud another", good.With("aud", `"else"`)},
		{"iss another", good.With("iss", `"else"`)},
		{"sub a string", good.With("sub", `"subject"`)},
		{"sub a number", good.With("sub", "7")},
	} {
		m.slide(c.name, m.sign(c.claims))
		m.verify("sliding, "+c.name, m.sign(c.claims))
		m.refresh("sliding, "+c.name, m.sign(c.claims))
	}
	for _, c := range []struct {
		raw     string
		crashes bool
	}{
		{m.at(9000), false},
		{m.at(9000) + ".5", false},
		{"253402300799", false},
		{m.at(-600), false},
		{m.at(-600) + ".5", false},
		{"0", false},
		{"-1", false},
		{"-0.5", false},
		{"true", false},
		{"false", false},
		{"-62135596800", false},
		{"253402300800", true},
		{"-62135596801", true},
		{"1e+30", true},
		{"-1e+30", true},
		{"NaN", true},
		{"Infinity", true},
		{"1" + fmt.Sprintf("%0100d", 0), true},
		{`"` + m.at(9000) + `"`, true},
		{`"x"`, true},
		{`""`, true},
		{"null", true},
		{"[]", true},
		{"{}", true},
		{"[" + m.at(9000) + "]", true},
	} {
		made := m.slide("time "+c.raw, m.sign(good.With(m.p.RefreshExp, c.raw)))
		if c.crashes {
			m.crashes(made)
		}
	}
	for _, c := range []struct{ name, body string }{
		{"no field", `{"refresh":"x"}`},
		{"blank", `{"token":""}`},
		{"null", `{"token":null}`},
		{"a list", `{"token":[]}`},
		{"no object", `[]`},
		{"no JSON", `{`},
		{"no token", `{"token":"x"}`},
		{"no signature", `{"token":` + PyString(m.sign(good)+"x") + `}`},
	} {
		m.add("sliding: body: "+c.name, JSON(SlidingPath, c.body))
	}
	leeway := int64(m.p.Leeway)
	for _, d := range []int64{-1, 0, 1} {
		for _, offset := range []float64{0, 0.25, 0.5, 0.75} {
			c := m.slide(fmt.Sprintf("its time is %d s from the limit, clock + %.2f s", d, offset), m.sign(good.With(m.p.RefreshExp, m.at(d-leeway))))
			c.Exact, c.Offset = true, offset
		}
	}
}

// slidingClaims are those of a sliding token as obtaining one gives it, a minute and
// a half ago.
func (m *maker) slidingClaims() Claims {
	var all Claims
	for _, c := range m.claims().With(m.p.Type, `"sliding"`).With("exp", m.at(210)).With("iat", m.at(-90)) {
		if all = append(all, c); c.Name == m.p.JTI {
			all = append(all, Claim{m.p.RefreshExp, m.at(7110)})
		}
	}
	return all
}

// slide adds a case that shows a token to the view for sliding tokens.
func (m *maker) slide(name, token string) *Case {
	c := m.add("sliding: "+name, JSON(SlidingPath, `{"token":`+PyString(token)+`}`))
	c.Token = token
	return c
}

// slidingToken is a sliding token at random, good or not.
func (x *chaos) slidingToken() string {
	c := x.slidingClaims().With(x.p.RefreshExp, x.at(int64(x.rng.IntN(2_000_000)-400_000)))
	for range x.rng.IntN(4) {
		c = c.With(x.name(), x.value(0))
	}
	for x.one(3) {
		if x.one(2) {
			c = c.With(x.p.RefreshExp, x.value(1))
		} else {
			c = x.fault(c)
		}
	}
	if x.one(5) {
		x.rng.Shuffle(len(c), func(i, j int) { c[i], c[j] = c[j], c[i] })
	}
	return x.p.Sign(c.Payload())
}
