// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/compare"
)

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

func (p *Profile) respellToken(token string, was []compare.Member, refresh bool) (string, error) {
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
