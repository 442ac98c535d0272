// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"strings"
)

// The moments that cookies and times are looked at, in seconds after a summer's noon:
// within a second, the night before Europe's summer time ends, and winter.
var djRestAuthMoments = []float64{0.25, 0.000001, 12571200.5, 16000000}

// djRestAuth are the cases of dj-rest-auth's view: each way to show a token in the body
// beside each way to show one in a cookie.
func (m *maker) djRestAuth() {
	for i, body := range m.djBodies() {
		for j, cookie := range m.djCookies() {
			if m.p.Name != "dj-cookies" && i > 1 && (j != 1 || i%3 > 0) {
				continue // one profile has them all
			}
			m.dj(body, cookie, fmt.Sprintf("%02d%02d", i, j))
		}
	}
	for i, offset := range djRestAuthMoments {
		for j, cookie := range m.djCookies()[:2] {
			token := m.djToken(fmt.Sprintf("a0%d%d", i, j))
			c := m.add(fmt.Sprintf("clock + %g s, cookie %s", offset, cookie.name), JSON(DJRestAuthPath, `{"refresh":"`+token+`"}`))
			if cookie.name == "good" {
				c.Request = JSON(DJRestAuthPath, "{}").With("Cookie", djCookie+token)
			}
			c.Token, c.Offset, c.Exact = token, offset, true
		}
	}
	for i, accept := range []string{"*/*", "application/json; indent=2", "application/*", "image/png", "text/plain, application/json;q=0.5", ""} {
		token := m.djToken(fmt.Sprintf("ac%02d", i))
		c := m.add("Accept "+accept, JSON(DJRestAuthPath, "{}").With("Cookie", djCookie+token).Header("Accept", accept))
		c.Token = token
	}
	m.djRefusals()
	if m.p.Remembers {
		m.djSpent()
	}
}

const djCookie = "refresh-token="

// djShow is a way to show a token: "%" stands for it.
type djShow struct{ name, as string }

// djBodies are ways that a body may have, and be without, a token. The first word says
// which kind of body it is.
func (m *maker) djBodies() []djShow {
	return []djShow{
		{"json no field", `{}`},
		{"json good", `{"refresh":"%"}`},
		{"json blank", `{"refresh":""}`},
		{"json white space", `{"refresh":" "}`},
		{"json padded", `{"refresh":" % "}`},
		{"json newline after", `{"refresh":"%\n"}`},
		{"json null", `{"refresh":null}`},
		{"json number", `{"refresh":123}`},
		{"json true", `{"refresh":true}`},
		{"json list", `{"refresh":["%"]}`},
		{"json bad", `{"refresh":"x.%"}`},
		{"json NUL", `{"refresh":"%\u0000"}`},
		{"json list for object", `[]`},
		{"json text for object", `"%"`},
		{"json cut", `{"refresh":"%`},
		{"json empty", ``},
		{"json twice", `{"refresh":"","refresh":"%"}`},
		{"json other field", `{"token":"x"}`},
		{"form good", "refresh=%"},
		{"form blank", "refresh="},
		{"form white space", "refresh=+"},
		{"form padded", "refresh=+%+"},
		{"form twice", "refresh=x&refresh="},
		{"form empty", ""},
		{"multipart good", Part(`name="refresh"`, "%") + "--b--\r\n"},
		{"multipart blank", Part(`name="refresh"`, "") + "--b--\r\n"},
		{"multipart padded", Part(`name="refresh"`, " % ") + "--b--\r\n"},
		{"multipart file", Part(`name="refresh"; filename="f"`, "%") + "--b--\r\n"},
		{"text good", `{"refresh":"%"}`},
	}
}

// djCookies are ways that cookies may have, and be without, a token.
func (m *maker) djCookies() []djShow {
	return []djShow{
		{"none", ""},
		{"good", djCookie + "%"},
		{"bad", djCookie + "x.%"},
		{"empty", djCookie},
		{"quoted", djCookie + `"%"`},
		{"escaped", djCookie + `"\145%"`},
		{"twice, the last one good", djCookie + "x; a=1; " + djCookie + "%"},
		{"twice, the first one good", djCookie + "%; " + djCookie},
		{"other name", "Refresh-Token=%; app-auth=%"},
		{"white space around", " refresh-token = % "},
	}
}

// dj adds a case that shows one token in the body and another in the cookie.
func (m *maker) dj(body, cookie djShow, id string) {
	kind, _, _ := strings.Cut(body.name, " ")
	inBody, inCookie := m.djToken("b0"+id), m.djToken("c0"+id)
	text := strings.ReplaceAll(body.as, "%", inBody)
	r := JSON(DJRestAuthPath, text)
	switch kind {
	case "form":
		r = Form(DJRestAuthPath, text)
	case "multipart":
		r = Multipart(DJRestAuthPath, text)
	case "text":
		r = r.Header("Content-Type", "text/plain")
	}
	if cookie.as != "" {
		r = r.With("Cookie", strings.ReplaceAll(strings.Replace(cookie.as, `\145%`, `\145`+inCookie[1:], 1), "%", inCookie))
	}
	c := m.add("body "+body.name+", cookie "+cookie.name, r)
	if c.Token = inCookie; strings.Contains(body.as, "%") {
		c.Token = inBody
	}
	if body.name == "json cut" {
		m.parseText(c, jsonPrefix)
	}
}

// djToken returns a good token whose jti ends in those hex digits. It outlives every
// moment.
func (m *maker) djToken(jti string) string {
	const plain = "5f0f4a3e9c1d4b7e8a6d2c3b1a09f8e7"
	return m.sign(m.claims().With("exp", m.at(90_000_000)).With(m.p.JTI, PyString(plain[:len(plain)-len(jti)]+jti)))
}

// LoggedOutJTI is the jti of a token that is in Django's blacklist before anything is
// asked.
const LoggedOutJTI = "5f0f4a3e9c1d4b7e8a6d2c3b1a09f8e0"

func (m *maker) loggedOut() string { return m.djToken("e0") }

// LoggedOut returns the token with that jti, made for now.
func (p *Profile) LoggedOut(rel *Set, now float64) string {
	return (&maker{rel: rel, p: *p, now: now}).loggedOut()
}

// djRefusals are tokens that SimpleJWT refuses, in cookies.
func (m *maker) djRefusals() {
	good := m.claims()
	for _, c := range []struct{ name, token string }{
		{"expired", m.sign(good.With("exp", m.at(-600)))},
		{"access token", m.sign(good.With(m.p.Type, `"access"`))},
		{"no type", m.sign(good.Without(m.p.Type))},
		{"another key", Compact(m.p.Algorithm, m.p.OtherKey, Header(m.p.Algorithm), good.Payload())},
		{"no signature", "e30.e30."},
		{"not a token", "x"},
	} {
		made := m.add("cookie: "+c.name, JSON(DJRestAuthPath, "{}").With("Cookie", djCookie+c.token))
		made.Token = c.token
	}
	if m.p.Remembers { // else no store sees the user
		token := m.sign(good.With(m.p.UserID, "6"))
		m.add("cookie: user who is not active", JSON(DJRestAuthPath, "{}").With("Cookie", djCookie+token)).Token = token
	}
}

// djSpent are tokens that are shown again, in the cookie and in the body.
func (m *maker) djSpent() {
	for i, first := range []string{"cookie", "body"} {
		token := m.djToken(fmt.Sprintf("d0%02d", i))
		for _, at := range []string{first, "cookie", "body"} {
			for _, body := range []string{`{}`, `{ }`} {
				r := JSON(DJRestAuthPath, body).With("Cookie", djCookie+token)
				if at == "body" {
					r = JSON(DJRestAuthPath, strings.Replace(body, "{", `{"refresh":"`+token+`"`, 1))
				}
				m.add(fmt.Sprintf("again, at first in the %s: in the %s, body %s", first, at, body), r).Token = token
			}
		}
	}
	out := m.loggedOut()
	m.add("logged out: in the cookie", JSON(DJRestAuthPath, "{}").With("Cookie", djCookie+out)).Token = out
	m.add("logged out: in the body", JSON(DJRestAuthPath, `{"refresh":"`+out+`"}`)).Token = out
}
