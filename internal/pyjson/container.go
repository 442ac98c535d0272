// SPDX-License-Identifier: Apache-2.0

package pyjson

// scanContainer reads an array or an object with all that is in it. It keeps
// one bit for each open level instead of recursing, so that hostile nesting
// costs no stack. outer is how many containers are open around this one.
func scanContainer(data []byte, i, outer int, mode Mode) (int, fault) {
	var objects [MaxDepth/64 + 1]uint64 // bit n is set if level n is an object
	var f fault
	depth := outer
	for {
		if i >= len(data) {
			return i, badValue
		}
		switch c := data[i]; c {
		case '{', '[':
			if depth == MaxDepth {
				return i, tooDeep
			}
			bit := uint64(1) << (depth % 64)
			objects[depth/64] &^= bit
			if c == '{' {
				objects[depth/64] |= bit
			}
			depth++
			i = skipSpace(data, i+1)
			if i < len(data) && data[i] == c+2 { // empty
				i++
				depth--
				break
			}
			if c == '{' {
				if i, f = scanName(data, i); f != none {
					return i, f
				}
			}
			continue
		case '"':
			if i, _, f = scanString(data, i+1); f != none {
				return i, f
			}
			i++
		default:
			if i, f = scanScalar(data, i, mode); f != none {
				return i, f
			}
		}
		// A value ended before i: close the levels that end here, or expect a comma.
		for {
			if depth == outer {
				return i, none
			}
			object := objects[(depth-1)/64]>>((depth-1)%64)&1 == 1
			i = skipSpace(data, i)
			if i < len(data) && (object && data[i] == '}' || !object && data[i] == ']') {
				i++
				depth--
				continue
			}
			if i >= len(data) || data[i] != ',' {
				return i, badComma
			}
			i = skipSpace(data, i+1)
			if object {
				if i, f = scanName(data, i); f != none {
					return i, f
				}
			}
			break
		}
	}
}

// scanName reads a member's name and its colon and returns where its value
// starts.
func scanName(data []byte, i int) (int, fault) {
	if i >= len(data) || data[i] != '"' {
		return i, badName
	}
	i, _, f := scanString(data, i+1)
	if f != none {
		return i, f
	}
	return scanColon(data, i+1)
}

// scanColon expects i behind a name and returns where the value starts.
func scanColon(data []byte, i int) (int, fault) {
	i = skipSpace(data, i)
	if i >= len(data) || data[i] != ':' {
		return i, badColon
	}
	return skipSpace(data, i+1), none
}

// scanStart skips what may stand in front of a document's value.
func scanStart(data []byte) (int, fault) {
	if len(data) >= 3 && data[0] == 0xEF && data[1] == 0xBB && data[2] == 0xBF {
		return 0, byteOrderMark
	}
	return skipSpace(data, 0), none
}

// Value reads a document of any kind and returns its one value without the
// space around it. The error is a [*SyntaxError].
func Value(data []byte, mode Mode) ([]byte, error) {
	start, f := scanStart(data)
	if f != none {
		return nil, newError(data, start, f)
	}
	end, _, f := scanValue(data, start, 0, mode)
	if f != none {
		return nil, newError(data, end, f)
	}
	if i := skipSpace(data, end); i < len(data) {
		return nil, newError(data, i, extraData)
	}
	return data[start:end], nil
}
