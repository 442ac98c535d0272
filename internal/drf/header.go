// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// headerValue is a header value like text/html; q=0.5 as Django's
// parse_header_parameters reads it (django/utils/http.py). Nothing in it is
// lower-cased: compare with equalFold.
type headerValue struct {
	value    string // without the parameters
	params   string // from the first semicolon on
	email    bool   // the parameters are read as Python's email.message does
	extended []parameter
}

// parameter is one parameter of a header value.
type parameter struct {
	name, value string
	exact       bool // the name's case matters
}

// is reports whether the parameter has the name, which is in lower case.
func (p *parameter) is(name string) bool {
	if p.exact {
		return p.name == name
	}
	return equalFold(p.name, name)
}

var (
	// errHeaderValue is a ValueError, which callers of parse_header_parameters expect.
	errHeaderValue = errors.New("the header cannot be taken apart")

	// errHeaderCrash is an exception that nobody expects, so that Django answers with
	// an error page.
	errHeaderCrash = errors.New("the header makes Django fail")
)

// parseHeader reads a header value or a part of one, in UTF-8.
func parseHeader(line string, d *release.Django) (h headerValue, err error) {
	if d.MaxHeaderLength > 0 && len(line) > d.MaxHeaderLength && utf8.RuneCountInString(line) > d.MaxHeaderLength {
		return h, errHeaderValue
	}
	h.email = d.EmailHeaders
	h.value, h.params = cutParameter(line)
	if h.email && strings.Contains(line, ";") {
		h.value, _, _ = strings.Cut(h.value, "=") // the main value is a parameter as the others are
	}
	h.value = trim(h.value)
	switch {
	case !strings.Contains(h.params, "*"):
	case h.email:
		h.extended, err = emailExtended(h.params)
	default:
		for rest := h.params; rest != "" && err == nil; {
			_, rest, _, err = nextClassic(rest, d)
		}
	}
	return h, err
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

// next takes the first parameter off params, which is h.params or the rest of it. The
// parameters in h.extended come after those.
func (h *headerValue) next(params string) (p parameter, rest string, ok bool) {
	for params != "" {
		if h.email {
			p, params, ok = nextEmail(params)
		} else {
			p, params, ok, _ = nextClassic(params, nil)
		}
		if ok {
			return p, params, true
		}
	}
	return p, "", false
}

// nextClassic takes the first parameter off params as Django's own parser does, which
// skips one without a value. d may be nil if parseHeader has accepted params, so that
// the charsets of RFC 2231 values are known.
func nextClassic(params string, d *release.Django) (p parameter, rest string, ok bool, err error) {
	text, rest := cutParameter(params[1:])
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return p, rest, false, nil
	}
	p.name, p.value = trim(name), trim(value)
	extended := false
	if strings.HasSuffix(p.name, "*") {
		p.name = p.name[:len(p.name)-1]
		extended = strings.Count(text, "'") == 2
	}
	if len(p.value) >= 2 && p.value[0] == '"' && p.value[len(p.value)-1] == '"' {
		p.value = unescapeQuoted(p.value[1 : len(p.value)-1])
	}
	if !extended {
		return p, rest, true, nil
	}
	parts := strings.Split(p.value, "'")
	if len(parts) != 3 {
		return p, rest, true, errHeaderValue
	}
	p.value = parts[2]
	if !strings.Contains(p.value, "%") {
		return p, rest, true, nil
	}
	cs, found := lookupCodec(parts[0])
	switch {
	case cs == undefinedCharset, (!found || cs == binaryCharset) && d != nil && d.RefusesUnknownCharset:
		return p, rest, true, errHeaderValue
	case !found || cs == binaryCharset:
		return p, rest, true, errHeaderCrash
	}
	p.value = unquotePercent(p.value, cs)
	return p, rest, true, nil
}

// unescapeQuoted resolves the escapes of a quoted string.
func unescapeQuoted(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, `\\`, `\`), `\"`, `"`)
}

// parameter returns the value of the last parameter of that name, in lower case.
func (h *headerValue) parameter(name string) (value string, found bool) {
	for p, rest, ok := h.next(h.params); ok; p, rest, ok = h.next(rest) {
		if p.is(name) {
			value, found = p.value, true
		}
	}
	for i := range h.extended {
		if h.extended[i].is(name) {
			value, found = h.extended[i].value, true
		}
	}
	return value, found
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
