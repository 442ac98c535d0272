// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Case is a request and what is known beforehand of the answers to it.
type Case struct {
	Name    string
	Request Request
	Token   string // the token in it, if there is one in one piece

	// Offset is how far Django's clock is from the catalogue's, in seconds.
	// A case with an offset, or one that is Exact, is about a moment: it means
	// something with a stopped clock only.
	Offset float64
	Exact  bool

	LiveOnly bool // too large, or too like another one, to be recorded

	Differs *Difference // nil: the edge answers as Django does
}

// Difference says what the edge answers where it does not answer as Django.
// Without Twin and Answer it is Django's answer to the same request.
type Difference struct {
	Row string // of docs/parity.md, see [Rows]

	Twin      *Request // Django's answer to this one is the edge's
	Answer    *Answer  // or this is it
	Respelled bool     // claims that are carried over stay as the token spelled them
}

// maker makes the cases of one release and profile.
type maker struct {
	rel   *Set
	p     Profile
	now   float64
	cases []Case
	names map[string]int
}

// Catalogue returns the named cases. Their tokens are made for now, in seconds
// since 1970.
func Catalogue(rel *Set, p Profile, now float64) []Case {
	m := &maker{rel: rel, p: p, now: now, names: map[string]int{}}
	if p.slides() {
		m.sliding()
		return m.recordable()
	}
	if p.DJRestAuth != nil {
		m.djRestAuth()
		return m.recordable()
	}
	if p.Name == "default" {
		m.bodies()
		m.fields()
		m.negotiation()
		m.contentTypes()
		m.headerReaders()
		m.paths()
		m.claimValues()
		m.claimNames()
		m.userIDs()
		m.spellings()
		m.strictTokens()
	}
	m.goodTokens()
	m.claimChecks()
	m.moments()
	m.forgeries()
	m.audiences()
	if p.Public != "" {
		m.signatures()
		m.claimNames()
		m.userIDs()
	}
	return m.recordable()
}

// recordable returns the cases, each request once, with those marked that are too
// large to be recorded.
func (m *maker) recordable() []Case {
	for i := range m.cases {
		c := &m.cases[i]
		c.LiveOnly = c.LiveOnly || len(c.Request.Body) > 1500
	}
	return distinct(m.cases)
}

// distinct drops cases that ask the same as one before them.
func distinct(cases []Case) []Case {
	seen := map[string]bool{}
	return slices.DeleteFunc(cases, func(c Case) bool {
		key := fmt.Sprintf("%v %s", c.Offset, c.Request.Bytes())
		was := seen[key]
		seen[key] = true
		return was
	})
}

// at returns now plus seconds, cut to a whole number, as JSON.
func (m *maker) at(seconds int64) string {
	return strconv.FormatInt(int64(math.Floor(m.now))+seconds, 10)
}

// claims are those of a refresh token as obtaining one gives it, an hour ago.
func (m *maker) claims() Claims {
	c := Claims{
		{m.p.Type, `"refresh"`},
		{"exp", m.at(82800)},
		{"iat", m.at(-3600)},
		{m.p.JTI, `"5f0f4a3e9c1d4b7e8a6d2c3b1a09f8e7"`},
		{m.p.UserID, `1`},
	}
	switch {
	case m.p.AudienceIsOneValue:
		c = append(c, Claim{"aud", PyString(m.p.Audience[0])})
	case len(m.p.Audience) > 0:
		var list []string
		for _, a := range m.p.Audience {
			list = append(list, PyString(a))
		}
		c = append(c, Claim{"aud", "[" + strings.Join(list, ",") + "]"})
	}
	if m.p.Issuer != "" {
		c = append(c, Claim{"iss", PyString(m.p.Issuer)})
	}
	return c
}

// add adds a case and returns it, so that more can be said of it; the pointer
// holds until the next one.
func (m *maker) add(name string, r Request) *Case {
	if m.names[name]++; m.names[name] > 1 {
		name += fmt.Sprintf(" (%d)", m.names[name])
	}
	m.cases = append(m.cases, Case{Name: name, Request: r})
	return &m.cases[len(m.cases)-1]
}

// refresh adds a case that shows a token to the refresh endpoint.
func (m *maker) refresh(name, token string) *Case {
	c := m.add(name, JSON(RefreshPath, `{"refresh":`+PyString(token)+`}`))
	c.Token = token
	return c
}

// verify adds a case that shows a token to the verify endpoint.
func (m *maker) verify(name, token string) *Case {
	c := m.add("verify: "+name, JSON(VerifyPath, `{"token":`+PyString(token)+`}`))
	c.Token = token
	return c
}

// sign signs claims for the profile.
func (m *maker) sign(c Claims) string { return m.p.Sign(c.Payload()) }

// invalid is the answer to a token that cannot be decoded.
func (m *maker) invalid() *Answer { return m.unauthorized(m.rel.Texts.Invalid) }

func (m *maker) unauthorized(text string) *Answer {
	a := m.answer(401, fmt.Sprintf(`{"detail":%q,"code":"token_not_valid"}`, text))
	a.Headers["WWW-Authenticate"] = m.p.Challenge()
	return a
}

// answer is an answer of a SimpleJWT view with the profile's renderers.
func (m *maker) answer(status int, body string) *Answer {
	a := &Answer{
		Status:  status,
		Headers: map[string]string{"Content-Type": "application/json", "Allow": "POST, OPTIONS", "Vary": "Accept"},
		Body:    body,
	}
	if m.p.JSONOnly {
		delete(a.Headers, "Vary")
	}
	if m.p.Vary != "" {
		a.Headers["Vary"] += ", " + m.p.Vary
	}
	return a
}

// crashes says that Django answers with an error page, and the edge with 401.
func (m *maker) crashes(c *Case) { c.Differs = &Difference{Row: RowCrash, Answer: m.invalid()} }

// stricter says that Django may take the token, and the edge does not.
func (m *maker) stricter(c *Case) { c.Differs = &Difference{Row: RowStrictToken, Answer: m.invalid()} }
