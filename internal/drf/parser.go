// SPDX-License-Identifier: Apache-2.0

package drf

import "net/http"

// parser is one of DRF's default parsers.
type parser uint8

const (
	noParser parser = iota
	jsonParser
	formParser
	multipartParser
)

// contentType returns the Content-Type header: the last one, as in gunicorn, if there
// are several.
func contentType(h http.Header) string {
	if v := h["Content-Type"]; len(v) > 0 {
		return v[len(v)-1]
	}
	return ""
}

// selectParser picks the parser as DefaultContentNegotiation.select_parser does:
// the first that the media type matches, wildcards in it included.
func selectParser(m *mediaType) parser {
	switch {
	case m.matches("application", "json"):
		return jsonParser
	case m.matches("application", "x-www-form-urlencoded"):
		return formParser
	case m.matches("multipart", "form-data"):
		return multipartParser
	}
	return noParser
}
