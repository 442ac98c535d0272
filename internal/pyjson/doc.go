// SPDX-License-Identifier: Apache-2.0

// Package pyjson reads and writes JSON as Python's json module does, because Django's
// token endpoints use it: the request body goes through json.load, and a token's claims
// through json.loads and json.dumps (CPython 3.11, Modules/_json.c and Lib/json).
//
// It reads without building anything: [Members] and [Elements] walk over an
// object or an array and return the bytes of each member as they stand in the input, so
// that a value that is only copied keeps its exact spelling. Nothing is allocated unless
// the input is faulty. Input has to be valid UTF-8: the caller checks that once, with
// [unicode/utf8.Valid].
//
// Python and RFC 8259 agree on what is JSON but for these points:
//   - Python accepts NaN, Infinity and -Infinity as values ([Constants]); with [Strict]
//     they are refused.
//   - An integer of more than [MaxDigits] digits is refused.
//   - Arrays and objects that nest deeper than [MaxDepth] are refused. (Python
//     raises RecursionError a little later.)
//   - A byte order mark in front is refused.
package pyjson

// MaxDigits is how many digits an integer may have: Python's default for
// sys.set_int_max_str_digits. Floats have no such bound.
const MaxDigits = 4300

// MaxDepth is how deep arrays and objects may nest, the outermost counted.
// Python gives up near 1000, its recursion limit less the frames in use.
const MaxDepth = 900

// Mode says what to do with the literals that Python knows and JSON does not.
type Mode uint8

const (
	// Strict refuses NaN, Infinity and -Infinity, with the words of
	// rest_framework/utils/json.py (strict_constant).
	Strict Mode = iota
	// Constants accepts them as values of kind [Constant], as json.loads does.
	Constants
)
