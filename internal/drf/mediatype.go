// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"strings"

	"github.com/caddyrefresh/caddyrefresh/internal/release"
)

// mediaType is a media type or range with its parameters
// (rest_framework/utils/mediatypes.py, _MediaType).
type mediaType struct {
	headerValue
	main, sub string
}

// parseMediaType reads a media type from a header, whose bytes WSGI takes for
// Latin-1.
func parseMediaType(header string, d *release.Django) (mediaType, error) {
	h, err := parseHeader(latin1(header), d)
	if err != nil {
		return mediaType{}, err
	}
	main, sub, _ := strings.Cut(h.value, "/")
	return mediaType{h, main, sub}, nil
}

// matches reports whether a renderer or parser of type main/sub serves m, which
// may have wildcards (rest_framework/utils/mediatypes.py, _MediaType.match).
func (m *mediaType) matches(main, sub string) bool {
	return (m.sub == "*" || equalFold(m.sub, sub)) && (m.main == "*" || equalFold(m.main, main))
}

// precedence says how specific m is, from 0 for */* to 3 with parameters.
func (m *mediaType) precedence() int {
	switch {
	case m.main == "*":
		return 0
	case m.sub == "*":
		return 1
	}
	for p, rest, ok := m.next(m.params); ok; p, rest, ok = m.next(rest) {
		if !p.is("q") {
			return 3
		}
	}
	for i := range m.extended {
		if !m.extended[i].is("q") {
			return 3
		}
	}
	return 2
}

// accepted returns the media type that DRF gives to the renderer of main/sub. For a
// range with wildcards DRF writes the range's parameters behind it, without their quotes
// (rest_framework/negotiation.py, DefaultContentNegotiation.select_renderer).
func (m *mediaType) accepted(d *release.Django) (mediaType, error) {
	if m.main != "*" && m.sub != "*" || !strings.ContainsAny(m.params, `"*<`) {
		return *m, nil // parsing it again would give the same
	}
	var all []parameter
	add := func(p parameter) {
		if !p.exact {
			p.name = strings.ToLower(p.name)
		}
		for i := range all {
			if all[i].name == p.name {
				all[i].value = p.value
				return
			}
		}
		all = append(all, p)
	}
	for p, rest, ok := m.next(m.params); ok; p, rest, ok = m.next(rest) {
		add(p)
	}
	for _, p := range m.extended {
		add(p)
	}
	var header strings.Builder
	header.WriteString("application/json")
	for _, p := range all {
		header.WriteString(";" + p.name + "=" + p.value)
	}
	h, err := parseHeader(header.String(), d)
	return mediaType{headerValue: h}, err
}
