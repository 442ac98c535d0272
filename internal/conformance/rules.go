// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

// Asker sends a request to Django.
type Asker func(Request) (Answer, error)

// Explain compares the answers to a case. It returns the row of the parity
// page that allows the difference, "" where there is none, or an error that
// tells of a difference that nothing allows.
func (p *Profile) Explain(rel *Set, c Case, django, edge Answer, ask Asker) (row string, err error) {
	plain := p.Compare(&django, &edge)
	switch {
	case c.Differs != nil: // and must, where the row says so
		if row, err = p.declared(c, django, edge, ask); plain == "" {
			row = ""
		}
		return row, err
	case plain == "":
		return "", nil
	}
	m := maker{rel: rel, p: *p}
	html := strings.HasPrefix(django.Headers["Content-Type"], "text/html")
	invalid := p.Compare(m.invalid(), compact(edge)) == ""
	token := c.Token
	if token == "" {
		token = TokenIn(c.Request)
	}
	switch {
	case django.Status == 500 && html && (invalid || parseText(m, &edge) != "" || unreadable(&edge)):
		return RowCrash, nil
	case django.Status == 500 && html && edge.Status == 200 && p.Rotates && !p.Remembers && rel.RotationNeedsApp:
		return RowRotationCrash, nil
	case invalid && (django.Status == 200 || django.Status == 401) &&
		(compare.StrictReason(strings.TrimSpace(token)) != "" || p.partOfIssuer(strings.TrimSpace(token))):
		return RowStrictToken, nil
	case invalid && p.Remembers && django.Status != 500 && p.unrememberable(strings.TrimSpace(token)):
		return RowJTI, nil
	case parseText(m, &django) != "" && parseText(m, &django) == parseText(m, &edge):
		return RowParseText, nil
	case html && strings.Contains(strings.ToLower(strings.Join(c.Request.values("Accept"), ",")), "text/"):
		// What Django says in JSON may differ from the edge's answer in turn.
		c.Request = c.Request.Header("Accept", "application/json")
		if django, err = ask(c.Request); err == nil {
			_, err = p.Explain(rel, c, django, *compact(edge), ask)
		}
		return RowAcceptHTML, err
	case len(tokens(django)) > 0 && p.respelled(django, edge, token) == "":
		return RowClaimSpelling, nil
	}
	return "", fmt.Errorf("%s", plain)
}

// unrememberable reports whether a token has a jti that is no string, which PyJWT takes
// before 2.10.
func (p *Profile) unrememberable(token string) bool {
	members, err := tokenMembers(token)
	return err == nil && slices.ContainsFunc(members, func(m compare.Member) bool { return m.Name == p.JTI && !strings.HasPrefix(m.Raw, `"`) })
}

// compact returns the answer without the indentation that a client may ask for.
func compact(a Answer) *Answer {
	var body bytes.Buffer
	if json.Compact(&body, []byte(a.Body)) == nil {
		a.Body = body.String()
	}
	return &a
}

// declared holds the edge to what the case says of the difference.
func (p *Profile) declared(c Case, django, edge Answer, ask Asker) (string, error) {
	want := django
	switch {
	case c.Differs.Answer != nil:
		want = *c.Differs.Answer
	case c.Differs.Twin != nil:
		var err error
		if want, err = ask(*c.Differs.Twin); err != nil {
			return "", err
		}
	}
	diff := p.Compare(&want, &edge)
	if c.Differs.Respelled {
		diff = p.respelled(want, edge, c.Token)
	}
	if diff != "" {
		return "", fmt.Errorf("row %s: %s", c.Differs.Row, diff)
	}
	return c.Differs.Row, nil
}

// respelled compares with Django's answer in the spelling of the presented
// token.
func (p *Profile) respelled(django, edge Answer, presented string) string {
	body, err := p.Respell(django.Body, presented)
	if err != nil {
		return err.Error()
	}
	django.Body = body
	return p.Compare(&django, &edge)
}

// unreadable reports whether the edge refused a header that it cannot take apart.
func unreadable(edge *Answer) bool {
	switch compact(*edge).Body {
	case `{"detail":"Invalid Content-Type header."}`, `{"detail":"Could not satisfy the request Accept header."}`:
		return true
	}
	return false
}

// parseText returns which parser an answer complains of.
func parseText(m maker, a *Answer) string {
	for _, prefix := range []string{jsonPrefix, multipartPrefix} {
		if m.p.Compare(m.prefixed(prefix), compact(*a)) == "" {
			return prefix
		}
	}
	return ""
}

// values returns the values of a header.
func (r Request) values(name string) []string {
	var out []string
	for _, h := range r.Headers {
		if strings.EqualFold(h[0], name) {
			out = append(out, h[1])
		}
	}
	return out
}
