// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"math/big"
	"strings"
	"unicode"
)

// maxDigits is how many decimal digits Python reads (sys.int_max_str_digits).
const maxDigits = 4300

// pyInt reads an integer as Python's int(text, base) does, in base 10 or 16:
// digits of any script, single underscores between them, a sign, white space
// around it, and 0x in front of base 16.
func pyInt(text string, base int) (*big.Int, bool) {
	text = strings.Trim(toASCII(text), " \t\n\v\f\r")
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	if base == 16 && len(text) > 1 && strings.EqualFold(text[:2], "0x") {
		text = strings.TrimPrefix(text[2:], "_")
	}
	if text == "" || text[0] == '_' || text[len(text)-1] == '_' || strings.Contains(text, "__") {
		return nil, false
	}
	text = strings.ReplaceAll(text, "_", "")
	if base == 10 && len(text) > maxDigits || text[0] == '-' || text[0] == '+' {
		return nil, false
	}
	n, ok := new(big.Int).SetString(text, base)
	if ok && negative {
		n.Neg(n)
	}
	return n, ok
}

// toASCII writes digits of other scripts as 0 to 9 and white space that ASCII
// does not have as spaces, as Python does before it reads a number.
func toASCII(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < unicode.MaxASCII:
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Nd, r):
			return decimal(r)
		default:
			return unicode.ReplacementChar
		}
	}, text)
}

// decimal returns the ASCII digit of the same value. The digits of a script stand
// in Unicode one after the other, 0 first.
func decimal(r rune) rune {
	for _, digits := range unicode.Nd.R16 {
		if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
			return '0' + (r-rune(digits.Lo))%10
		}
	}
	for _, digits := range unicode.Nd.R32 {
		if rune(digits.Lo) <= r && r <= rune(digits.Hi) {
			return '0' + (r-rune(digits.Lo))%10
		}
	}
	return unicode.ReplacementChar
}
