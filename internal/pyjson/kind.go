// SPDX-License-Identifier: Apache-2.0

package pyjson

// Kind is what a value becomes in Python.
type Kind uint8

// The kinds of values.
const (
	Null     Kind = iota + 1 // None
	Bool                     // bool
	Int                      // int, of any size
	Float                    // float: a number with a fraction or an exponent
	Constant                 // float: NaN, Infinity or -Infinity
	String                   // str
	Array                    // list
	Object                   // dict
)

// KindOf tells the kind of a value from its span, which has to be one that this
// package returned.
func KindOf(span []byte) Kind {
	switch span[0] {
	case '"':
		return String
	case '{':
		return Object
	case '[':
		return Array
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	case 'N', 'I':
		return Constant
	case '-':
		if span[1] == 'I' {
			return Constant
		}
	}
	for _, c := range span {
		if c == '.' || c|0x20 == 'e' {
			return Float
		}
	}
	return Int
}
