// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"errors"
	"net/http"
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// Negotiate picks the form of the answer as DefaultContentNegotiation.select_renderer
// of the given release does (rest_framework/negotiation.py). jsonOnly says that
// JSONRenderer is the view's only renderer; otherwise it has the browsable API too. If
// Django picks the browsable API, the answer is still JSON, since the edge has no page.
// With jsonOnly a client that accepts only HTML is refused.
//
// The error is a [*Refusal], with the answer to give (404 or 406). The format is valid
// in any case, and is also that of the refusal.
func (s *Scratch) Negotiate(r *http.Request, rel *release.Release, jsonOnly bool) (Format, error) {
	f, refusal := s.negotiate(r, rel, jsonOnly)
	f.JSONOnly = jsonOnly
	if refusal != nil {
		return f, refusal
	}
	return f, nil
}

func (s *Scratch) negotiate(r *http.Request, rel *release.Release, jsonOnly bool) (Format, *Refusal) {
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
	if rel.DRF.LimitsMediaTypes {
		accept = shortened(accept)
	}
	c := choice{rel: rel, json: json, html: html, best: -1}
	for _, line := range accept {
		if err := c.consider(line); err != nil {
			return Format{}, notAcceptable().edgeOnly()
		}
	}
	if c.best < 0 {
		return Format{}, notAcceptable()
	}
	return Format{Indent: c.indent}, nil
}

// choice is the form of answer that the ranges so far ask for. The most specific range
// wins, JSON before HTML. Quality values do not count.
type choice struct {
	rel        *release.Release
	json, html bool // the forms that the view has
	ranges     int
	best       int // the rank of the range that won, or -1
	indent     int
}

// How much of an Accept header counts in the releases of DRF that limit it.
const (
	maxAcceptLength    = 8192
	maxAcceptRanges    = 64
	maxMediaTypeLength = 256
)

// consider looks at the ranges of one line. The error says that Django answers with
// an error page.
func (c *choice) consider(line string) error {
	limited := c.rel.DRF.LimitsMediaTypes
	for more := true; more; {
		var token string
		token, line, more = strings.Cut(line, ",")
		token = trimLatin1(token)
		if limited {
			if token == "" || len(token) > maxMediaTypeLength {
				continue
			}
			if c.ranges++; c.ranges > maxAcceptRanges {
				return nil
			}
		}
		m, err := parseMediaType(token, &c.rel.Django)
		switch {
		case errors.Is(err, errHeaderValue) && limited:
			continue
		case err != nil:
			return err
		}
		rank := 2 * m.precedence()
		switch {
		case c.json && m.matches("application", "json"):
			if rank+1 > c.best {
				if m, err = m.accepted(&c.rel.Django); err != nil {
					return err
				}
				c.best, c.indent = rank+1, indentOf(&m)
			}
		case c.html && m.matches("text", "html"):
			if rank > c.best {
				c.best, c.indent = rank, 0
			}
		}
	}
	return nil
}

// shortened returns the lines, which WSGI joins with commas, up to the last comma within
// the limit: the rest does not count.
func shortened(accept []string) []string {
	length := len(accept) - 1
	for _, line := range accept {
		length += len(line)
	}
	if length <= maxAcceptLength {
		return accept
	}
	joined := strings.Join(accept, ",")[:maxAcceptLength]
	return []string{joined[:strings.LastIndexByte(joined, ',')+1]}
}

// isUsual reports whether accept is what curl and fetch, careful clients or axios send,
// so that it need not be parsed.
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
func indentOf(m *mediaType) int {
	value, found := m.parameter("indent")
	if !found {
		return 0
	}
	value = trim(value)
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
