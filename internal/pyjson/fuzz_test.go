// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzMembers compares the reader with encoding/json, which knows no constants and
// limits neither digits nor, at this depth, nesting.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` {"a":1} `, `{"a":[1,{"b":null}],"a":"\ud83d\ude00\n"}`, `{"\u0061":-0.5e+10,"x":NaN}`, `{"a":-Infinity}`,
		`{"a":"` + strings.Repeat("x", 30) + `\"","b":[]}`, `{"a":01}`, `{"a":1.}`, `[[],{}]`, `"\ud800"`, "\uFEFF{}", `{"a":1}{`,
		`{"a":` + strings.Repeat(`[{"a":`, 500), `{"a":"\u12"}`, `{"a" 1}`, `{"a":tru}`, "{\"a\":\"\x01\"}", "{\"\xff\":1}",
		`{"a":` + strings.Repeat("1", MaxDigits+1) + `}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, mode := range []Mode{Strict, Constants} {
			span, err := Value(data, mode)
			checkValue(t, data, span, err, mode)
			if err == nil && KindOf(span) == Array {
				checkElements(t, data, mode)
			}
			checkMembers(t, data, mode, err)
		}
	})
}

func checkValue(t *testing.T, data, span []byte, err error, mode Mode) {
	valid := json.Valid(data)
	switch {
	case err == nil && !valid && mode == Strict:
		t.Fatalf("took %q", data)
	case err == nil && !bytes.Equal(bytes.Trim(data, " \t\r\n"), span):
		t.Fatalf("%q: span is %q", data, span)
	case err != nil && valid:
		msg := err.Error()
		if !strings.HasPrefix(msg, "Exceeds the limit") && !strings.HasPrefix(msg, "Nesting deeper") {
			t.Fatalf("refused %q: %v", data, err)
		}
	}
	if err == nil && valid && KindOf(span) == String && utf8.Valid(data) {
		checkString(t, span)
	}
}

func checkString(t *testing.T, span []byte) {
	text := Unquote(nil, span)
	var want string
	if err := json.Unmarshal(span, &want); err != nil {
		t.Fatal(err)
	}
	if _, lone := Surrogate(text); !lone && string(text) != want {
		t.Fatalf("%q: decodes to %q, not %q", span, text, want)
	}
	for _, quoted := range [][]byte{AppendQuote(nil, text), AppendQuoteUTF8(nil, text)} {
		if !json.Valid(quoted) || !bytes.Equal(Unquote(nil, quoted), text) {
			t.Fatalf("%q: written as %q", text, quoted)
		}
		if !EqualText(quoted[1:len(quoted)-1], span[1:len(span)-1]) {
			t.Fatalf("%q and %q are not equal", quoted, span)
		}
	}
}

func checkMembers(t *testing.T, data []byte, mode Mode, valueErr error) {
	var m Members
	var last map[string]json.RawMessage
	m.Reset(data, mode)
	for m.Next() {
		if last == nil {
			last = map[string]json.RawMessage{}
		}
		if utf8.Valid(data) {
			key := string(Unescape(nil, m.Key()))
			if !m.KeyIs(key) || m.KeyEscaped() != bytes.Contains(m.Key(), []byte{'\\'}) {
				t.Fatalf("%q: key %q is not %q", data, m.Key(), key)
			}
			last[key] = m.Value()
		}
		if span, err := Value(m.Value(), mode); err != nil || !bytes.Equal(span, m.Value()) || KindOf(span) != m.Kind() {
			t.Fatalf("%q: value %q: %v", data, m.Value(), err)
		}
		if m.Kind() == String {
			raw, escaped := m.Text()
			if string(m.Value()) != `"`+string(raw)+`"` || escaped != bytes.Contains(raw, []byte{'\\'}) {
				t.Fatalf("%q: text %q of %q", data, raw, m.Value())
			}
		}
	}
	err := m.Err()
	object := bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
	if object && (err == nil) != (valueErr == nil) || !object && err == nil {
		t.Fatalf("%q: %v as an object, %v as a value", data, err, valueErr)
	}
	if err != nil && object && err.Error() != valueErr.Error() {
		t.Fatalf("%q: %v as an object, %v as a value", data, err, valueErr)
	}
	if err != nil || !utf8.Valid(data) || !json.Valid(data) {
		return
	}
	var want map[string]json.RawMessage
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for key, span := range last {
		if _, lone := Surrogate([]byte(key)); !lone && !strings.ContainsRune(key, utf8.RuneError) && !bytes.Equal(want[key], span) {
			t.Fatalf("%q: %q is %q, not %q", data, key, span, want[key])
		}
	}
}

func checkElements(t *testing.T, data []byte, mode Mode) {
	var e Elements
	e.Reset(data, mode)
	n := 0
	for e.Next() {
		if _, err := Value(e.Value(), mode); err != nil {
			t.Fatalf("%q: element %q: %v", data, e.Value(), err)
		}
		n++
	}
	if e.Err() != nil {
		t.Fatalf("%q: %v", data, e.Err())
	}
	var want []json.RawMessage
	if json.Unmarshal(data, &want) == nil && len(want) != n {
		t.Fatalf("%q: %d elements, not %d", data, n, len(want))
	}
}
