// SPDX-License-Identifier: Apache-2.0

package compare

import (
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
		case h.Name == "kid" && !strings.HasPrefix(h.Raw, `"`):
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
