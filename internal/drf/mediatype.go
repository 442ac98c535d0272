// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"net/url"
	"strings"
)

// mediaType is a header value like text/html; q=0.5 as Django's
// parse_header_parameters reads it (django/utils/http.py). Nothing in it is
// lower-cased: compare with equalFold.
type mediaType struct {
	main, sub string
	params    string // from the first semicolon on
}

func parseMediaType(header string) mediaType {
	kind, params := cutParameter(header)
	kind = trimLatin1(kind)
	main, sub, _ := strings.Cut(kind, "/")
	return mediaType{main, sub, params}
}

// cutParameter cuts at the first semicolon outside of quotes, which stays in rest.
func cutParameter(s string) (first, rest string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case s[i] == ';' && !quoted:
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// nextParameter takes the first parameter with a value off params. The name is
// as it was written, but for the asterisk of RFC 2231; the value is unquoted.
func nextParameter(params string) (name, value, rest string, ok bool) {
	for params != "" {
		var p string
		p, params = cutParameter(params[1:])
		name, value, ok = strings.Cut(p, "=")
		if !ok {
			continue
		}
		name, value = trimLatin1(name), trimLatin1(value)
		extended := false
		if strings.HasSuffix(name, "*") {
			name = name[:len(name)-1]
			extended = strings.Count(p, "'") == 2
		}
		if len(value) >= 2 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
			if strings.Contains(value, `\`) {
				value = strings.ReplaceAll(strings.ReplaceAll(value, `\\`, `\`), `\"`, `"`)
			}
		}
		if extended && strings.Count(value, "'") == 2 {
			value = value[strings.LastIndexByte(value, '\'')+1:]
			if plain, err := url.PathUnescape(value); err == nil {
				value = plain
			}
		}
		return name, value, params, true
	}
	return "", "", "", false
}

// parameter returns the value of the last parameter of that name, in lower case.
func (m mediaType) parameter(name string) (value string, found bool) {
	for n, v, rest, ok := nextParameter(m.params); ok; n, v, rest, ok = nextParameter(rest) {
		if equalFold(n, name) {
			value, found = v, true
		}
	}
	return value, found
}

// matches reports whether a renderer or parser of type main/sub serves m, which
// may have wildcards (rest_framework/utils/mediatypes.py, _MediaType.match).
func (m mediaType) matches(main, sub string) bool {
	return (m.sub == "*" || equalFold(m.sub, sub)) && (m.main == "*" || equalFold(m.main, main))
}

// precedence says how specific m is, from 0 for */* to 3 with parameters.
func (m mediaType) precedence() int {
	switch {
	case m.main == "*":
		return 0
	case m.sub == "*":
		return 1
	}
	for n, _, rest, ok := nextParameter(m.params); ok; n, _, rest, ok = nextParameter(rest) {
		if !equalFold(n, "q") {
			return 3
		}
	}
	return 2
}

// equalFold compares a header's word with one in lower case, folding ASCII only.
func equalFold(s, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c-'A' < 26 {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
