// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"net/http"
	"strings"
)

// Negotiate picks the form of the answer as DefaultContentNegotiation.select_renderer
// does (rest_framework/negotiation.py). jsonOnly says that JSONRenderer is the only
// one of the view's renderer_classes; otherwise the browsable API stands beside it.
// Where Django picks the browsable API the answer is JSON all the same: there is
// no page here. Where JSON is the only renderer, a client that wants HTML gets none.
//
// The error is a [*Refusal], with the answer to give (404 or 406). The format is
// valid in any case and belongs to the refusal as well.
func (s *Scratch) Negotiate(r *http.Request, jsonOnly bool) (Format, error) {
	f, refusal := s.negotiate(r, jsonOnly)
	f.JSONOnly = jsonOnly
	if refusal != nil {
		return f, refusal
	}
	return f, nil
}

func (s *Scratch) negotiate(r *http.Request, jsonOnly bool) (Format, *Refusal) {
	json, html := true, !jsonOnly
	if r.URL != nil && r.URL.RawQuery != "" {
		format, refusal := s.formatOverride(r.URL.RawQuery)
		if refusal != nil {
			return Format{}, refusal
		}
		switch f := string(format); {
		case f == "":
		case f == "json":
			html = false
		case f == "api" && html:
			json = false
		default:
			return Format{}, notFound()
		}
	}
	accept, found := r.Header["Accept"]
	if !found || json && len(accept) == 1 && isUsual(accept[0]) {
		return Format{}, nil
	}
	// The most specific type wins, JSON before HTML. Quality values do not count.
	best, indent := -1, 0
	for _, line := range accept {
		for more := true; more; {
			var token string
			token, line, more = strings.Cut(line, ",")
			m := parseMediaType(trimLatin1(token))
			rank := 2 * m.precedence()
			switch {
			case json && m.matches("application", "json"):
				if rank+1 > best {
					best, indent = rank+1, indentOf(m)
				}
			case html && m.matches("text", "html"):
				if rank > best {
					best, indent = rank, 0
				}
			}
		}
	}
	if best < 0 {
		return Format{}, notAcceptable()
	}
	return Format{Indent: indent}, nil
}

// isUsual spares the headers of curl and fetch, of careful clients and of axios
// being taken apart.
func isUsual(accept string) bool {
	switch accept {
	case "*/*", "application/json", "application/json, text/plain, */*":
		return true
	}
	return false
}

// formatOverride returns the value of ?format=, or nothing.
func (s *Scratch) formatOverride(query string) ([]byte, *Refusal) {
	if !strings.Contains(query, "ormat") && !strings.Contains(query, "%") && strings.Count(query, "&") < maxFields {
		return nil, nil
	}
	s.text = append(s.text[:0], query...)
	value, _, refusal := formField(s.text, "format", utf8Charset)
	return value, refusal
}

// indentOf reads the indent parameter (renderers.py, JSONRenderer.get_indent):
// Python's int(), clamped to 0 to 8, 0 for what is not an integer.
func indentOf(m mediaType) int {
	value, found := m.parameter("indent")
	if !found {
		return 0
	}
	value = trimLatin1(value)
	negative := strings.HasPrefix(value, "-")
	if negative || strings.HasPrefix(value, "+") {
		value = value[1:]
	}
	n, digit := 0, false
	for i := range len(value) {
		c := value[i]
		switch {
		case c-'0' < 10:
			n = min(10*n+int(c-'0'), 8)
			digit = true
		case c == '_' && digit: // 1_0 is ten
			digit = false
		default:
			return 0
		}
	}
	if !digit || negative {
		return 0
	}
	return n
}
