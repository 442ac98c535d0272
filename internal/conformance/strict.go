// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// StrictReason says by which rule of RFC 7515 or RFC 8725 a token that PyJWT
// takes is refused at the edge, or "". It is the comparer's own opinion, from
// the token alone.
func StrictReason(token string) string {
	segments := strings.Split(token, ".")
	if len(segments) != 3 {
		return "not of three segments"
	}
	var decoded [3]string
	for i, s := range segments {
		if strings.ContainsAny(s, "\r\n") {
			return "a line break" // Go's decoder skips it
		}
		d, err := b64.Strict().DecodeString(s)
		if err != nil {
			return "not base64url"
		}
		decoded[i] = string(d)
	}
	for _, object := range decoded[:2] {
		if !utf8.ValidString(object) || strings.ContainsRune(object, 0) || strings.HasPrefix(object, "\ufeff") {
			return "not plain UTF-8"
		}
	}
	if nesting(decoded[0]) > mostLevels || nesting(decoded[1]) > mostLevels {
		return "nested too deeply" // Python reads it from 3.12 on
	}
	header, err := Members(decoded[0])
	if err != nil {
		return "header: " + err.Error()
	}
	payload, err := Members(decoded[1])
	if err != nil {
		return "payload: " + err.Error()
	}
	if twice(header) || twice(payload) {
		return "duplicate member"
	}
	for _, h := range header {
		switch {
		case h.Name == "crit" || h.Name == "b64":
			return h.Name
		case h.Name == "kid" && h.Raw[0] != '"':
			return "kid is no string"
		case h.Raw == "NaN" || strings.HasSuffix(h.Raw, "Infinity"):
			return "header is no JSON"
		}
	}
	return ""
}

// mostLevels is how deeply what the edge reads may be nested.
const mostLevels = 900

// nesting returns how deeply JSON is nested.
func nesting(text string) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ']' || c == '}':
			depth--
		}
	}
	return deepest
}

func twice(members []Member) bool {
	seen := map[string]bool{}
	for _, m := range members {
		if seen[m.Name] {
			return true
		}
		seen[m.Name] = true
	}
	return false
}

var partValue = regexp.MustCompile(`(?s)name="?(?:refresh|token)"?[^\r]*\r\n\r\n(.*?)(?:\r\n--|$)`)

// TokenIn returns the token that a mutated body may still carry, or "".
func TokenIn(r Request) string {
	var object struct{ Refresh, Token string }
	if err := json.Unmarshal([]byte(r.Body), &object); err == nil {
		return strings.TrimSpace(object.Refresh + object.Token)
	}
	if m := partValue.FindAllStringSubmatch(r.Body, -1); len(m) > 0 {
		return strings.TrimSpace(m[len(m)-1][1])
	}
	token := ""
	for pair := range strings.SplitSeq(r.Body, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err == nil && (name == "refresh" || name == "token") {
			token = value
			if plain, err := url.QueryUnescape(value); err == nil {
				token = plain
			}
		}
	}
	return strings.TrimSpace(token)
}
