// SPDX-License-Identifier: Apache-2.0

package pyjson

// Members walks over the members of an object, in their order:
//
//	var m pyjson.Members
//	m.Reset(data, pyjson.Strict)
//	for m.Next() {
//		if m.KeyIs("exp") { use(m.Value()) }
//	}
//	if err := m.Err(); err != nil { ... }
//
// The document is known to be JSON only when Next has returned false and Err is nil. A
// name that occurs twice is returned twice; the caller decides what that means. Use it
// as a local variable, by value: then it costs no allocation.
type Members struct {
	walk
	keyStart, keyEnd int
	keyEscaped       bool
}

// Reset starts over with a document that has to be an object, with nothing but
// white space around it.
func (m *Members) Reset(data []byte, mode Mode) {
	*m = Members{walk: walk{data: data, mode: mode}}
	m.start('{', notObject)
}

// Next goes to the next member. It returns false at the end and on an error.
func (m *Members) Next() bool {
	if !m.advance('}') {
		return false
	}
	if m.pos >= len(m.data) || m.data[m.pos] != '"' {
		return m.fail(m.pos, badName)
	}
	end, escaped, f := scanString(m.data, m.pos+1)
	if f != none {
		return m.fail(end, f)
	}
	m.keyStart, m.keyEnd, m.keyEscaped = m.pos+1, end, escaped
	if m.pos = end + 2; m.pos < len(m.data) && m.data[end+1] == ':' && m.data[m.pos] > ' ' {
		return m.value() // no space to skip
	}
	if m.pos, f = scanColon(m.data, end+1); f != none {
		return m.fail(m.pos, f)
	}
	return m.value()
}

// Key returns the member's name as it is spelled between the quotes. It may hold
// escapes: see [Members.KeyIs], [EqualText] and [Unescape].
func (m *Members) Key() []byte { return m.data[m.keyStart:m.keyEnd:m.keyEnd] }

// KeyEscaped reports whether Key holds escapes.
func (m *Members) KeyEscaped() bool { return m.keyEscaped }

// KeyIs reports whether the member's decoded name is name: "\u0065xp" is exp.
func (m *Members) KeyIs(name string) bool {
	key := m.data[m.keyStart:m.keyEnd]
	if !m.keyEscaped {
		return string(key) == name
	}
	return textIs(key, name)
}

// Elements walks over the elements of an array, as [Members] does over an object.
type Elements struct{ walk }

// Reset starts over with a document that has to be an array, with nothing but
// white space around it.
func (e *Elements) Reset(data []byte, mode Mode) {
	*e = Elements{walk{data: data, mode: mode}}
	e.start('[', notArray)
}

// Next goes to the next element. It returns false at the end and on an error.
func (e *Elements) Next() bool { return e.advance(']') && e.value() }

// walk is the common part of Members and Elements.
type walk struct {
	data             []byte
	pos              int
	valStart, valEnd int
	escaped          bool
	mode             Mode
	begun, done      bool
	err              *SyntaxError
}

// Value returns the span of the current value, from its first to its last byte:
// a string with its quotes.
func (w *walk) Value() []byte { return w.data[w.valStart:w.valEnd:w.valEnd] }

// Kind tells the kind of the current value.
func (w *walk) Kind() Kind { return KindOf(w.data[w.valStart:w.valEnd]) }

// Text returns what a string value holds between its quotes and whether that has
// escapes to be decoded with [Unescape]. It may be called for strings only.
func (w *walk) Text() (raw []byte, escaped bool) {
	return w.data[w.valStart+1 : w.valEnd-1 : w.valEnd-1], w.escaped
}

// Err returns the [*SyntaxError] that ended the walk, or nil.
func (w *walk) Err() error {
	if w.err == nil {
		return nil // not a nil *SyntaxError in an interface
	}
	return w.err
}

func (w *walk) fail(at int, f fault) bool {
	w.done = true
	w.err = newError(w.data, at, f)
	return false
}

func (w *walk) start(open byte, otherwise fault) {
	i, f := scanStart(w.data)
	switch {
	case f != none:
		w.fail(i, f)
	case i >= len(w.data):
		w.fail(i, badValue)
	case w.data[i] != open:
		w.fail(i, otherwise)
	default:
		w.pos = i + 1
	}
}

// advance goes to the start of the next member or element. At the end it checks that
// nothing follows.
func (w *walk) advance(end byte) bool {
	if w.done {
		return false
	}
	i := w.pos
	if i+1 < len(w.data) && w.data[i] == ',' && w.data[i+1] > ' ' && w.begun {
		w.pos = i + 1 // no space to skip
		return true
	}
	i = skipSpace(w.data, i)
	switch {
	case i < len(w.data) && w.data[i] == end:
		w.done = true
		if i = skipSpace(w.data, i+1); i < len(w.data) {
			return w.fail(i, extraData)
		}
		return false
	case !w.begun:
		w.begun = true
	case i >= len(w.data) || w.data[i] != ',':
		return w.fail(i, badComma)
	default:
		i = skipSpace(w.data, i+1)
	}
	w.pos = i
	return true
}

func (w *walk) value() bool {
	end, escaped, f := scanValue(w.data, w.pos, 1, w.mode)
	if f != none {
		return w.fail(end, f)
	}
	w.valStart, w.valEnd, w.escaped, w.pos = w.pos, end, escaped, end
	return true
}
