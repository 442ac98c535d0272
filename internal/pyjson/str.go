// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// Str returns a value as Python's str writes it. span has to be one that this package
// returned.
func Str(span []byte) string {
	if KindOf(span) == String {
		return string(Unquote(nil, span))
	}
	var b strings.Builder
	repr(&b, span)
	return b.String()
}

// repr writes a value as Python's repr does.
func repr(b *strings.Builder, span []byte) {
	switch KindOf(span) {
	case Null:
		b.WriteString("None")
	case Bool:
		b.WriteString(map[byte]string{'t': "True", 'f': "False"}[span[0]])
	case Int:
		n, _ := new(big.Int).SetString(string(span), 10)
		b.WriteString(n.String())
	case Float, Constant:
		f, _ := strconv.ParseFloat(string(span), 64) // out of range is infinite
		b.WriteString(FloatStr(f))
	case String:
		reprString(b, string(Unquote(nil, span)))
	case Array:
		var e Elements
		e.Reset(span, Constants)
		separator := "["
		for e.Next() {
			b.WriteString(separator)
			repr(b, e.Value())
			separator = ", "
		}
		b.WriteString(strings.Trim(separator, ", ") + "]")
	case Object:
		var m Members
		m.Reset(span, Constants)
		separator := "{"
		for m.Next() {
			b.WriteString(separator)
			reprString(b, string(Unescape(nil, m.Key())))
			b.WriteString(": ")
			repr(b, m.Value())
			separator = ", "
		}
		b.WriteString(strings.Trim(separator, ", ") + "}")
	}
}

// FloatStr returns a float as Python's str writes it: the shortest digits that read the
// same, with an exponent below 1e-4 and from 1e16 on.
func FloatStr(f float64) string {
	switch text := strconv.FormatFloat(f, 'g', -1, 64); text {
	case "+Inf":
		return "inf"
	case "-Inf":
		return "-inf"
	case "NaN":
		return "nan"
	}
	scientific := strconv.FormatFloat(f, 'e', -1, 64)
	_, exponent, _ := strings.Cut(scientific, "e")
	if n, _ := strconv.Atoi(exponent); f != 0 && (n < -4 || n >= 16) {
		return scientific
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

func reprString(b *strings.Builder, s string) {
	quote := '\''
	if strings.ContainsRune(s, '\'') && !strings.ContainsRune(s, '"') {
		quote = '"'
	}
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
}
