// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"strings"
)

// djRestAuthCase shows tokens at random in the body, in the cookie, in both and in none.
func (x *chaos) djRestAuthCase() Case {
	body, cookie := pick(x.rng, x.djBodies()...), pick(x.rng, x.djCookies()...)
	x.dj(body, cookie, fmt.Sprintf("%04x", x.rng.IntN(1<<16)))
	c := x.cases[len(x.cases)-1]
	c.Differs = nil // it holds for the catalogue's Accept
	if x.one(3) {   // another token in the place of each one that is good
		token := x.djRandomToken()
		for _, good := range []string{x.inBody(c), x.inCookie(c)} {
			if good == "" {
				continue
			}
			c.Request.Body = strings.ReplaceAll(c.Request.Body, good, token)
			for i := range c.Request.Headers {
				c.Request.Headers[i][1] = strings.ReplaceAll(c.Request.Headers[i][1], good, token)
			}
			c.Token = token
		}
	}
	if x.one(6) {
		c.Request = c.Request.Header("Accept", pick(x.rng, "*/*", "application/json; indent=4", "text/plain", "application/json;q=0.1", "image/*, */*;q=0.1"))
	}
	return c
}

// inBody and inCookie return the good token that a case shows there, or "".
func (x *chaos) inBody(c Case) string { return goodToken(c.Request.Body, x.p.Sign("{}")) }

func (x *chaos) inCookie(c Case) string {
	return goodToken(strings.Join(c.Request.values("Cookie"), ";"), x.p.Sign("{}"))
}

// goodToken finds a token with the same header as another one.
func goodToken(text, like string) string {
	header, _, _ := strings.Cut(like, ".")
	at := strings.Index(text, header+".")
	if at < 0 {
		return ""
	}
	end := strings.IndexFunc(text[at:], func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.", r)
	})
	if end < 0 {
		return text[at:]
	}
	return text[at : at+end]
}

// djRandomToken is a token whose claims have one spelling, good or not.
func (x *chaos) djRandomToken() string {
	c := x.claims().With(x.p.JTI, fmt.Sprintf(`"%032x"`, x.rng.Uint64()))
	switch x.rng.IntN(8) {
	case 0:
		c = c.With("exp", x.at(-3600))
	case 1:
		c = c.With(x.p.Type, `"access"`)
	case 2:
		c = c.Without(pick(x.rng, x.p.Type, x.p.JTI, "exp", "iat"))
	case 3:
		return x.p.Sign(c.Payload()) + pick(x.rng, "x", ".", "=")
	case 4:
		return Compact(x.p.Algorithm, x.p.OtherKey, Header(x.p.Algorithm), c.Payload())
	default:
		c = c.With("role", PyString(pick(x.rng, "editor", "é", "<&>"))).With(x.p.UserID, fmt.Sprint(1+x.rng.IntN(5)))
	}
	return x.p.Sign(c.Payload())
}
