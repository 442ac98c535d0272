// SPDX-License-Identifier: Apache-2.0

package compare

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
)

var b64 = base64.RawURLEncoding

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
