// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// This file reads the parameters of a header as Python's email package does:
// email/message.py (Message.get_params, _parseparam) and email/utils.py (decode_params,
// collapse_rfc2231_value), of Python 3.11.

// continuation is the name of a parameter of RFC 2231: name*, name*0 or name*0*.
var continuation = regexp.MustCompile(`^([A-Za-z0-9_]+)\*(?:([0-9]+)\*?)?$`)

// maxDigits is sys.int_info.default_max_str_digits: int() refuses more.
const maxDigits = 4300

// nextEmail takes the first parameter off params. Without an equals sign it has an empty
// value, and the case of its name matters. Continuations are skipped: emailExtended
// reads them.
func nextEmail(params string) (p parameter, rest string, ok bool) {
	p, rest = emailParameter(params)
	if p.name == "" || strings.Contains(p.name, "*") && continuation.MatchString(p.name) {
		return p, rest, false
	}
	return p, rest, true
}

func emailParameter(params string) (p parameter, rest string) {
	text, rest := cutParameter(params[1:])
	name, value, found := strings.Cut(text, "=")
	return parameter{name: trim(name), value: unquoteEmail(trim(value)), exact: !found}, rest
}

// unquoteEmail takes the quotes or the angle brackets off a value.
func unquoteEmail(s string) string {
	if len(s) > 1 {
		switch first, last := s[0], s[len(s)-1]; {
		case first == '"' && last == '"':
			return unescapeQuoted(s[1 : len(s)-1])
		case first == '<' && last == '>':
			return s[1 : len(s)-1]
		}
	}
	return s
}

// quoteEmail is the inverse of unquoteEmail, without the quotes.
func quoteEmail(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `"`, `\"`)
}

// segment is a piece of a parameter that is split as in RFC 2231.
type segment struct {
	digits  string // without leading zeros
	bare    bool   // there is no number
	value   string
	encoded bool
}

// compareSegments compares by the order in which Python joins the pieces.
func compareSegments(a, b segment) int {
	switch order := cmp.Or(cmp.Compare(len(a.digits), len(b.digits)), cmp.Compare(a.digits, b.digits), cmp.Compare(a.value, b.value)); {
	case order != 0 || a.encoded == b.encoded:
		return order
	case a.encoded:
		return +1
	}
	return -1
}

// emailExtended returns the RFC 2231 parameters in params. They come after all others,
// so that boundary*= wins over boundary=.
func emailExtended(params string) ([]parameter, error) {
	var names []string // in the order of their first pieces
	segments := make(map[string][]segment)
	for params != "" {
		var p parameter
		p, params = emailParameter(params)
		m := continuation.FindStringSubmatch(p.name)
		if m == nil {
			continue
		}
		name, digits := m[1], m[2]
		if len(digits) > maxDigits {
			return nil, errHeaderValue
		}
		if !p.exact {
			name = strings.ToLower(name)
		}
		if segments[name] == nil {
			names = append(names, name)
		}
		segments[name] = append(segments[name], segment{
			digits: strings.TrimLeft(digits, "0"), bare: digits == "", value: p.value, encoded: strings.HasSuffix(p.name, "*"),
		})
	}
	all := make([]parameter, 0, len(names))
	for _, name := range names {
		pieces := segments[name]
		for i := range pieces {
			if pieces[i].bare != pieces[0].bare {
				return nil, errHeaderCrash // Python cannot sort None and numbers
			}
		}
		slices.SortFunc(pieces, compareSegments)
		value, err := collapse(pieces)
		if err != nil {
			return nil, err
		}
		all = append(all, parameter{name: name, value: value, exact: true})
	}
	return all, nil
}

// collapse joins the pieces of a parameter and decodes the encoded ones.
func collapse(pieces []segment) (string, error) {
	var joined strings.Builder
	extended := false
	for _, piece := range pieces {
		if piece.encoded {
			piece.value = unquotePercent(piece.value, latin1Charset)
			extended = true
		}
		joined.WriteString(piece.value)
	}
	if !extended {
		return joined.String(), nil
	}
	// Python has escaped the value by now, and with it the charset.
	charsetName, text, found := strings.Cut(quoteEmail(joined.String()), "'")
	cs := asciiCharset
	if found {
		_, text, found = strings.Cut(text, "'")
	}
	switch {
	case !found: // no charset and language: all of it is the text
		return string(decodeReplacing(rawUnicodeEscape(joined.String()), cs)), nil
	case charsetName == "":
		return unquoteEmail(unescapeQuoted(text)), nil
	}
	text = unescapeQuoted(text)
	cs, known := lookupCodec(charsetName)
	switch {
	case !known || cs == undefinedCharset || strings.Contains(charsetName, "\x00"):
		return "", errHeaderValue
	case cs == binaryCharset:
		return unquoteEmail(text), nil
	}
	return string(decodeReplacing(rawUnicodeEscape(text), cs)), nil
}
