// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// lastSecond is the last instant that a Python datetime holds, the end of the
// year 9999, in seconds since 1970.
const lastSecond = 253402300799

// numericDate is a claim's value as Python's int() reads it: cut to an integer, and
// limited to the range of an int64. Python counts true as 1.
type numericDate struct {
	seconds  int64
	fraction float64 // what was cut off; it has the sign of the whole
	number   bool    // a JSON number or boolean, not a string of digits
	ok       bool    // int() takes the value and raises no error
	foreign  bool    // int() takes the value, but here it is refused
}

// refusal returns the error for a date that is refused.
func (d *numericDate) refusal() error {
	if d.foreign {
		return errStricter
	}
	return ErrInvalid
}

// micros returns the microseconds since 1970, rounded as Python rounds when it
// makes a datetime of a float. It is for dates up to lastSecond only.
func (d numericDate) micros() int64 {
	return d.seconds*1e6 + int64(math.RoundToEven(d.fraction*1e6))
}

// parseNumericDate reads value as int(json.loads(value)) does.
func parseNumericDate(value []byte) (d numericDate) {
	if seconds, ok := shortInt(value); ok {
		return numericDate{seconds: seconds, number: true, ok: true}
	}
	switch pyjson.KindOf(value) {
	case pyjson.Int:
		return numericDate{seconds: saturatedInt(value), number: true, ok: true}
	case pyjson.Float:
		f, err := strconv.ParseFloat(string(value), 64)
		if err != nil {
			return d // out of range is infinite, for which int() raises an error
		}
		whole := math.Trunc(f)
		return numericDate{seconds: saturatedFloat(whole), fraction: f - whole, number: true, ok: true}
	case pyjson.Bool:
		if value[0] == 't' {
			d.seconds = 1
		}
		d.number, d.ok = true, true
	case pyjson.String:
		text := plain(value[1 : len(value)-1])
		d.seconds, d.ok = parseDigits(text)
		d.foreign = !d.ok && hasForeignDigits(text)
	}
	return d
}

// hasForeignDigits reports whether s has digits of other scripts, which parseDigits
// refuses, and nothing that int() refuses as well.
func hasForeignDigits(s []byte) bool {
	found := false
	for _, r := range string(s) {
		switch {
		case r >= utf8.RuneSelf && unicode.Is(unicode.Nd, r):
			found = true
		case r >= '0' && r <= '9', r == '_', r == '+', r == '-', pyjson.IsSpace(r):
		default:
			return false
		}
	}
	return found
}

// shortInt reads digits that fit an int64, as nearly every date has them.
func shortInt(value []byte) (n int64, ok bool) {
	if len(value) > 18 {
		return 0, false
	}
	for _, c := range value {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// saturatedInt reads an optional minus and digits.
func saturatedInt(digits []byte) int64 {
	negative := digits[0] == '-'
	if negative || digits[0] == '+' {
		digits = digits[1:]
	}
	var n int64
	for _, c := range digits {
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64
			break
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		return -n
	}
	return n
}

func saturatedFloat(f float64) int64 {
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= -math.MaxInt64:
		return -math.MaxInt64
	default:
		return int64(f)
	}
}

// parseDigits reads a string as int() does: white space around it, a sign, and
// single underscores between digits are allowed. Digits of other scripts, which
// Python takes too, are not.
func parseDigits(s []byte) (int64, bool) {
	s = bytes.TrimFunc(s, pyjson.IsSpace)
	plain := make([]byte, 0, 20)
	if len(s) > 0 && (s[0] == '-' || s[0] == '+') {
		plain = append(plain, s[0])
		s = s[1:]
	}
	underscore, digits := true, 0 // no underscore may come first
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			plain = append(plain, c)
			underscore = false
			digits++
		case c == '_' && !underscore:
			underscore = true
		default:
			return 0, false
		}
	}
	if underscore || digits > pyjson.MaxDigits {
		return 0, false
	}
	return saturatedInt(plain), true
}
