// SPDX-License-Identifier: Apache-2.0

package pyjson

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type member struct {
	Key, Value string
	Escaped    bool
	Kind       Kind
}

func members(data string, mode Mode) (got []member, err error) {
	var m Members
	m.Reset([]byte(data), mode)
	for m.Next() {
		got = append(got, member{string(m.Key()), string(m.Value()), m.KeyEscaped(), m.Kind()})
	}
	return got, m.Err()
}

func TestMembers(t *testing.T) {
	tests := []struct {
		data string
		want []member
	}{
		{`{}`, nil},
		{" \t\r\n{ \n} \r\n", nil},
		{`{"a":1}`, []member{{"a", "1", false, Int}}},
		{` { "a" : -0.5e+1 , "b\"" : "x\\" } `, []member{{"a", "-0.5e+1", false, Float}, {`b\"`, `"x\\"`, true, String}}},
		{`{"a":1,"a":2}`, []member{{"a", "1", false, Int}, {"a", "2", false, Int}}},
		{`{"":{"x":[1,{}],"y":[[]]},"n":null,"t":true,"f":false}`, []member{
			{"", `{"x":[1,{}],"y":[[]]}`, false, Object}, {"n", "null", false, Null}, {"t", "true", false, Bool}, {"f", "false", false, Bool},
		}},
		{`{"m":[{"a":1},[2,3],{"b":[{}]},[]]}`, []member{{"m", `[{"a":1},[2,3],{"b":[{}]},[]]`, false, Array}}},
		{`{"n":NaN,"i":Infinity,"m":-Infinity,"l":[NaN]}`, []member{
			{"n", "NaN", false, Constant}, {"i", "Infinity", false, Constant}, {"m", "-Infinity", false, Constant}, {"l", "[NaN]", false, Array},
		}},
		{`{"d":"` + strings.Repeat("x", 21) + "\u00eb\u2028\x7f" + `"}`, []member{
			{"d", `"` + strings.Repeat("x", 21) + "\u00eb\u2028\x7f" + `"`, false, String},
		}},
		{`{"i":` + strings.Repeat("9", MaxDigits) + `}`, []member{{"i", strings.Repeat("9", MaxDigits), false, Int}}},
		{`{"f":` + strings.Repeat("9", MaxDigits+1) + `.0}`, []member{{"f", strings.Repeat("9", MaxDigits+1) + ".0", false, Float}}},
		{`{"l":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`, []member{
			{"l", strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1), false, Array},
		}},
	}
	for _, tt := range tests {
		got, err := members(tt.data, Constants)
		if err != nil {
			t.Errorf("%.60s: %v", tt.data, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%.60s: (-want +got)\n%s", tt.data, diff)
		}
	}
}

// The texts and positions are those of json.loads in CPython 3.11, but for the last
// rows, which CPython does not have.
func TestErrors(t *testing.T) {
	tests := []struct {
		data, want string
		offset     int
	}{
		{"", "Expecting value: line 1 column 1 (char 0)", 0},
		{"   ", "Expecting value: line 1 column 4 (char 3)", 3},
		{"\n\n ", "Expecting value: line 3 column 2 (char 3)", 3},
		{"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", 1},
		{"{'a':1}", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", 1},
		{`{"a":1,}`, "Expecting property name enclosed in double quotes: line 1 column 8 (char 7)", 7},
		{`{,"a":1}`, "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)", 1},
		{`{"a"}`, "Expecting ':' delimiter: line 1 column 5 (char 4)", 4},
		{`{"a":}`, "Expecting value: line 1 column 6 (char 5)", 5},
		{`{"a":tru}`, "Expecting value: line 1 column 6 (char 5)", 5},
		{`{"a":-}`, "Expecting value: line 1 column 6 (char 5)", 5},
		{`{"a":-Inf}`, "Expecting value: line 1 column 6 (char 5)", 5},
		{`{"a":01}`, "Expecting ',' delimiter: line 1 column 7 (char 6)", 6},
		{`{"a":1.}`, "Expecting ',' delimiter: line 1 column 7 (char 6)", 6},
		{`{"a":1e+}`, "Expecting ',' delimiter: line 1 column 7 (char 6)", 6},
		{`{"a":.5}`, "Expecting value: line 1 column 6 (char 5)", 5},
		{`{"a":+1}`, "Expecting value: line 1 column 6 (char 5)", 5},
		{`{"a":1 "b":2}`, "Expecting ',' delimiter: line 1 column 8 (char 7)", 7},
		{`{"a":1`, "Expecting ',' delimiter: line 1 column 7 (char 6)", 6},
		{`{"a":[1,]}`, "Expecting value: line 1 column 9 (char 8)", 8},
		{`{"a":[1`, "Expecting ',' delimiter: line 1 column 8 (char 7)", 7},
		{`{"a":[1}`, "Expecting ',' delimiter: line 1 column 8 (char 7)", 7},
		{`{"a":{"b":[}]}}`, "Expecting value: line 1 column 12 (char 11)", 11},
		{`{"a":{"b" 1}}`, "Expecting ':' delimiter: line 1 column 11 (char 10)", 10},
		{`{"a":{b:1}}`, "Expecting property name enclosed in double quotes: line 1 column 7 (char 6)", 6},
		{`{"a":"x`, "Unterminated string starting at: line 1 column 6 (char 5)", 5},
		{`{"a":"\`, "Unterminated string starting at: line 1 column 6 (char 5)", 5},
		{`{"a":"\"}`, "Unterminated string starting at: line 1 column 6 (char 5)", 5},
		{`{"a":"\x"}`, `Invalid \escape: line 1 column 7 (char 6)`, 6},
		{`{"a":"\u12`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\u00:0"}`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\u00/0"}`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\u00g0"}`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\u00@0"}`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\u00G0"}`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\u12"   }`, `Invalid \uXXXX escape: line 1 column 8 (char 7)`, 7},
		{`{"a":"\ud800\uZ000"  }`, `Invalid \uXXXX escape: line 1 column 14 (char 13)`, 13},
		{"{\"\u00eb\u2028\U0001F600\n\":1}", "Invalid control character at: line 1 column 6 (char 5)", 11},
		{"{\"abcdefghijklm\x1fnop\":1}", "Invalid control character at: line 1 column 16 (char 15)", 15},
		{"{\"\u00eb\":\n\u00eb}", "Expecting value: line 2 column 1 (char 6)", 7},
		{`{"a":1}x`, "Extra data: line 1 column 8 (char 7)", 7},
		{`{}{}`, "Extra data: line 1 column 3 (char 2)", 2},
		{"\uFEFF{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)", 0},
		{`{"a":-` + strings.Repeat("1", MaxDigits+1) + `}`, "Exceeds the limit (4300 digits) for integer string conversion: " +
			"value has 4301 digits; use sys.set_int_max_str_digits() to increase the limit", 5},
		{`{"a":NaN}`, "Out of range float values are not JSON compliant: 'NaN'", 5},
		{`{"a":[-Infinity]}`, "Out of range float values are not JSON compliant: '-Infinity'", 6},
		{`{"a":` + strings.Repeat("[", MaxDepth), "Nesting deeper than 900 levels: line 1 column 905 (char 904)", 904},
		{`[]`, "Expecting an object: line 1 column 1 (char 0)", 0},
		{` "x"`, "Expecting an object: line 1 column 2 (char 1)", 1},
	}
	for _, tt := range tests {
		_, err := members(tt.data, Strict)
		var syntax *SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.60q: error is %v", tt.data, err)
			continue
		}
		if syntax.Error() != tt.want || syntax.Offset != tt.offset {
			t.Errorf("%.60q: got %q at %d, want %q at %d", tt.data, syntax.Msg, syntax.Offset, tt.want, tt.offset)
		}
		if tt.offset == 0 || tt.data[0] != '{' {
			continue
		}
		// A document of any kind is read with the same words.
		if _, err := Value([]byte(tt.data), Strict); err == nil || err.Error() != tt.want {
			t.Errorf("Value(%.60q): got %v, want %q", tt.data, err, tt.want)
		}
	}
}

func TestNextAfterEnd(t *testing.T) {
	for _, data := range []string{`{"a":1}`, `{"a":1,}`} {
		var m Members
		m.Reset([]byte(data), Strict)
		for m.Next() {
		}
		err := m.Err()
		if m.Next() || m.Err() != err {
			t.Errorf("%s: goes on after the end", data)
		}
	}
}

func TestElements(t *testing.T) {
	read := func(data string) (got []string, err error) {
		var e Elements
		e.Reset([]byte(data), Strict)
		for e.Next() {
			got = append(got, string(e.Value()))
		}
		return got, e.Err()
	}
	got, err := read(` [ "a" , {"b":[1,2]} ,3, [] ] `)
	if diff := cmp.Diff([]string{`"a"`, `{"b":[1,2]}`, "3", "[]"}, got); diff != "" || err != nil {
		t.Errorf("error %v, (-want +got)\n%s", err, diff)
	}
	if got, err := read("[]"); got != nil || err != nil {
		t.Errorf("empty: %q, %v", got, err)
	}
	for _, bad := range []string{"", "{}", "[", "[1,]", "[1 2]", "[1]]", "[,]", "[1"} {
		if _, err := read(bad); err == nil {
			t.Errorf("%s: no error", bad)
		}
	}
}

func TestValue(t *testing.T) {
	for data, kind := range map[string]Kind{
		"1": Int, " -12 ": Int, "1.5": Float, "1e5": Float, "-1E5": Float, "true": Bool, "false": Bool, "null": Null,
		`"x"`: String, "[1]": Array, ` {"a":{}} `: Object, "NaN": Constant, "-Infinity": Constant, "Infinity": Constant,
	} {
		span, err := Value([]byte(data), Constants)
		if err != nil || string(span) != strings.TrimSpace(data) || KindOf(span) != kind {
			t.Errorf("%q: %q, kind %v, error %v", data, span, KindOf(span), err)
		}
	}
	for _, bad := range []string{"", " ", "x", "1 2", `"`, "[]]", "tru", "\uFEFF1"} {
		if span, err := Value([]byte(bad), Constants); err == nil {
			t.Errorf("%q: read as %q", bad, span)
		}
	}
}

func TestNoAllocation(t *testing.T) {
	data := []byte(`{"token_type":"refresh","exp":1700000000,"\u0069at":1.5,"aud":["a","b"],"x":{"y":[[],{"z":null}]}}`)
	dst := make([]byte, 0, 256)
	n := 0
	if allocs := testing.AllocsPerRun(100, func() {
		var m Members
		m.Reset(data, Strict)
		for m.Next() {
			if m.KeyIs("iat") || EqualText(m.Key(), []byte("exp")) {
				n++
			}
			switch m.Kind() {
			case String:
				dst = AppendQuote(Unquote(dst[:0], m.Value()), "\u00eb")
			case Array:
				var e Elements
				e.Reset(m.Value(), Strict)
				for e.Next() {
					raw, _ := e.Text()
					n += len(raw)
				}
			}
		}
		if m.Err() != nil {
			t.Error(m.Err())
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	if n == 0 {
		t.Error("nothing was read")
	}
}

func BenchmarkMembers(b *testing.B) {
	data := []byte(`{"refresh":"` + strings.Repeat("eyJhbGciOiJIUzI1NiI", 16) + `"}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		var m Members
		m.Reset(data, Strict)
		for m.Next() {
		}
		if m.Err() != nil {
			b.Fatal(m.Err())
		}
	}
}
