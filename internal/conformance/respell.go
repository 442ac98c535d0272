// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Member is a member of a JSON object as it stands in the text.
type Member struct {
	Name    string // unescaped
	RawName string // with its quotes
	Raw     string
}

// Members returns the members of an object in their order, white space around
// them taken away. It takes what Python takes, NaN for instance, and checks
// little: it is for tokens that somebody accepted.
func Members(object string) ([]Member, error) {
	s := strings.TrimSpace(object)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, fmt.Errorf("no JSON object: %.60q", object)
	}
	s = s[1 : len(s)-1]
	var out []Member
	for strings.TrimSpace(s) != "" {
		end := span(s, ':')
		if end == len(s) {
			return nil, fmt.Errorf("member without a value: %.60q", s)
		}
		m := Member{RawName: strings.TrimSpace(s[:end])}
		if err := json.Unmarshal([]byte(m.RawName), &m.Name); err != nil {
			return nil, fmt.Errorf("member name %.60q: %w", m.RawName, err)
		}
		s = s[end+1:]
		end = span(s, ',')
		m.Raw = strings.TrimSpace(s[:end])
		s = s[min(end+1, len(s)):]
		out = append(out, m)
	}
	return out, nil
}

// span returns where the first stop byte outside strings and brackets is.
func span(s string, stop byte) int {
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == stop && depth == 0:
			return i
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		}
	}
	return len(s)
}

// Payload returns the payload of a compact token.
func Payload(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", fmt.Errorf("no compact token: %.60q", token)
	}
	p, err := b64.DecodeString(parts[1])
	return string(p), err
}

// Respell returns the body of an answer with tokens whose carried over claims
// are spelled as in the presented token, signed anew: what the edge, which
// copies claims byte for byte, makes of it. Claims that Django writes itself
// stay.
func (p *Profile) Respell(body, presented string) (string, error) {
	if !tokenMember.MatchString(body) {
		return body, nil
	}
	was, err := tokenMembers(strings.TrimSpace(presented))
	if err != nil {
		return "", err
	}
	out := tokenMember.ReplaceAllStringFunc(body, func(member string) string {
		m := tokenMember.FindStringSubmatch(member)
		token, failed := p.respellToken(m[3], was, m[1] == "refresh")
		if failed != nil {
			err = failed
		}
		return `"` + m[1] + `"` + m[2] + `"` + token + `"`
	})
	return out, err
}

func (p *Profile) respellToken(token string, was []Member, refresh bool) (string, error) {
	members, err := tokenMembers(token)
	if err != nil {
		return "", err
	}
	segment, _, _ := strings.Cut(token, ".")
	header, err := b64.DecodeString(segment) // PyJWT 2.4 writes another one
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, m := range members {
		for _, w := range was {
			if w.Name != m.Name {
				continue
			}
			if refresh {
				m.RawName = w.RawName
			}
			if !p.written(m.Name, refresh) {
				m.RawName, m.Raw = w.RawName, w.Raw
			}
		}
		b.WriteString(map[bool]string{true: "{", false: ","}[i == 0] + m.RawName + ":" + m.Raw)
	}
	return Compact(p.Algorithm, p.Key, string(header), b.String()+"}"), nil
}

// written reports whether Django writes the claim's value itself.
func (p *Profile) written(name string, refresh bool) bool {
	switch name {
	case "exp", p.JTI, "iat":
		return true
	case p.Type:
		return !refresh
	case "aud":
		return len(p.Audience) > 0
	case "iss":
		return p.Issuer != ""
	}
	return false
}
