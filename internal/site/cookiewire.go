// SPDX-License-Identifier: Apache-2.0

package site

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/caddyrefresh/caddyrefresh/internal/cookie"
	"github.com/caddyrefresh/caddyrefresh/internal/drf"
	"github.com/caddyrefresh/caddyrefresh/internal/simplejwt"
)

// carried says how the token of a request came, and how the answer has to go.
type carried struct {
	token     []byte // as it was presented
	inCookie  bool   // the token came in the cookie
	asCookies bool   // the client gets its tokens as cookies
	clears    bool   // the client's cookies go at a logout
}

// cookieWire is a [bodyWire] for tokens in bodies. Requests that are ours may have the
// token in a cookie instead, and then get their tokens as cookies.
type cookieWire struct {
	bodyWire
	*Cookies

	// logout says that it is the wire of a logout. There cookies of ours go even where none
	// has a refresh token, and after each answer but one that asks the client to try again.
	logout bool
}

// errTwoCookies: a page of a sister domain may have set the second one (cookie tossing).
var errTwoCookies = fmt.Errorf("%w: there are two cookies of one name", simplejwt.ErrInvalid)

// take prefers a token in the body, so that clients of the body's wire are served as if
// there were no cookies.
func (c *cookieWire) take(m *memory, r *http.Request) ([]byte, error) {
	token, err := c.bodyWire.take(m, r)
	visitor := c.Trusted.Judge(r)
	m.carried = carried{token: token, asCookies: c.Adopt && visitor.Ours && visitor.KeepsCookies, clears: visitor.Ours && c.had(r)}
	if refusal, ok := errors.AsType[*drf.Refusal](err); !ok || !refusal.Missing || !visitor.Ours {
		return token, err
	}
	value, count := cookie.Read(r.Header, c.Refresh.Name)
	if count == 0 && !(c.logout && m.carried.clears) {
		return nil, err
	}
	m.carried = carried{token: []byte(value), inCookie: true, asCookies: true, clears: true}
	if count > 1 {
		return nil, errTwoCookies
	}
	return m.carried.token, nil
}

// give puts the tokens into cookies that live as long as the tokens. A successor goes
// back into the cookie that its predecessor came from even if no header shows that the
// client is a browser: it would be lost otherwise.
func (c *cookieWire) give(m *memory, pair simplejwt.Pair) (drf.Answer, error) {
	if !m.carried.asCookies {
		return c.bodyWire.give(m, pair)
	}
	kept := &tokens{refresh: pair.Refresh, access: pair.Access, refreshExpires: pair.RefreshExpires, accessExpires: pair.AccessExpires}
	if kept.refresh == nil && !m.carried.inCookie {
		kept.refresh, kept.refreshExpires = m.carried.token, m.token.ExpiresAt()
	}
	lines, err := c.lines(kept, c.Now())
	if err != nil {
		return drf.Answer{}, err
	}
	answer := empty
	if c.Access == nil {
		answer = pairInBody(m, &simplejwt.Pair{Access: pair.Access})
	}
	answer.Cookies = lines
	return answer, nil
}

func (c *cookieWire) end(m *memory) drf.Answer {
	answer := empty
	if m.carried.clears {
		answer.Cookies = c.clearing()
	}
	return answer
}

func (c *cookieWire) refuse(m *memory, answer drf.Answer, err error) drf.Answer {
	if m.carried.inCookie && c.ends(err) {
		answer.Cookies = c.clearing()
	}
	return answer
}

// ends reports whether the client's cookies go after a token was refused with err.
func (c *cookieWire) ends(err error) bool {
	if c.logout {
		return !outcomeOf(err).undecided()
	}
	return c.Backend.Ends(err)
}

// tokens are what goes into cookies. The times are in seconds since 1970.
type tokens struct {
	refresh, access               []byte // nil for none
	refreshExpires, accessExpires int64
}

// lines returns the Set-Cookie lines of tokens.
func (c *Cookies) lines(kept *tokens, now time.Time) (lines []string, err error) {
	for _, one := range []struct {
		attributes *cookie.Attributes
		token      []byte
		expires    int64
	}{
		{&c.Refresh, kept.refresh, kept.refreshExpires},
		{c.Access, kept.access, kept.accessExpires},
	} {
		if one.attributes == nil || one.token == nil {
			continue
		}
		line, err := one.attributes.Set(string(one.token), time.Unix(one.expires, 0).Sub(now))
		if err != nil {
			return nil, fmt.Errorf("cookie %s: %w", one.attributes.Name, err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// clearing returns the Set-Cookie lines that take our cookies away.
func (c *Cookies) clearing() []string {
	var lines []string
	for _, attributes := range []*cookie.Attributes{&c.Refresh, c.Access} {
		if attributes == nil {
			continue
		}
		lines = append(lines, attributes.Clear())
		if attributes.Domain != "" { // one of the same name that only this host has
			host := *attributes
			host.Domain = ""
			lines = append(lines, host.Clear())
		}
	}
	return lines
}
