// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// SyntaxError says why and where input is not JSON.
type SyntaxError struct {
	// Msg is the text of the exception that Python 3.11 raises, with the
	// position it names: "Expecting value: line 1 column 4 (char 3)".
	Msg string
	// Offset is the place in the input, in bytes. Msg counts code points.
	Offset int
	// TooDeep says that the input nests deeper than [MaxDepth] and may still be JSON.
	// Python's parser goes deeper, by an amount that depends on its stack.
	TooDeep bool
}

// Error returns Msg.
func (e *SyntaxError) Error() string { return e.Msg }

// fault is why scanning stopped. Its text is made only on demand.
type fault uint8

const (
	none fault = iota
	badValue
	badName
	badColon
	badComma
	badEscape
	badUnicodeEscape
	badControl
	unterminated
	extraData
	byteOrderMark
	notObject
	notArray
	tooDeep
	tooManyDigits
	constant
)

// located holds the texts that Python completes with the position.
var located = [...]string{
	badValue:         "Expecting value",
	badName:          "Expecting property name enclosed in double quotes",
	badColon:         "Expecting ':' delimiter",
	badComma:         "Expecting ',' delimiter",
	badEscape:        `Invalid \escape`,
	badUnicodeEscape: `Invalid \uXXXX escape`,
	badControl:       "Invalid control character at",
	unterminated:     "Unterminated string starting at",
	extraData:        "Extra data",
	byteOrderMark:    "Unexpected UTF-8 BOM (decode using utf-8-sig)",
	notObject:        "Expecting an object",
	notArray:         "Expecting an array",
	tooDeep:          "Nesting deeper than " + strconv.Itoa(MaxDepth) + " levels",
}

// newError returns the error for fault f at data[at].
func newError(data []byte, at int, f fault) *SyntaxError {
	switch f {
	case constant:
		end, _ := scanConstant(data, at)
		return &SyntaxError{Msg: "Out of range float values are not JSON compliant: '" + string(data[at:end]) + "'", Offset: at}
	case tooManyDigits:
		i := at
		if data[i] == '-' {
			i++
		}
		n := skipDigits(data, i) - i
		limit := strconv.Itoa(MaxDigits)
		return &SyntaxError{Msg: "Exceeds the limit (" + limit + " digits) for integer string conversion: value has " +
			strconv.Itoa(n) + " digits; use sys.set_int_max_str_digits() to increase the limit", Offset: at}
	}
	head := data[:at]
	line := bytes.Count(head, []byte{'\n'}) + 1
	column := utf8.RuneCount(head[bytes.LastIndexByte(head, '\n')+1:]) + 1
	return &SyntaxError{
		Msg: located[f] + ": line " + strconv.Itoa(line) + " column " + strconv.Itoa(column) +
			" (char " + strconv.Itoa(utf8.RuneCount(head)) + ")",
		Offset: at, TooDeep: f == tooDeep,
	}
}
