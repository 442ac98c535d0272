// SPDX-License-Identifier: Apache-2.0

package pyjson

import "testing"

// TestStr has the results of str(json.loads(...)) in Python 3.11.
func TestStr(t *testing.T) {
	for document, want := range map[string]string{
		`null`: "None", `true`: "True", `false`: "False", `7`: "7", `-0`: "0", `"a'b"`: "a'b", `"\u00e9"`: "é",
		`0.0`: "0.0", `-0.0`: "-0.0", `0e5`: "0.0", `1.50`: "1.5", `7e0`: "7.0", `1e15`: "1000000000000000.0", `1e16`: "1e+16", `1e300`: "1e+300",
		`123456789012345678.0`: "1.2345678901234568e+17", `0.0001`: "0.0001", `0.00001`: "1e-05", `1e-400`: "0.0", `1e400`: "inf", `-1e400`: "-inf",
		`NaN`: "nan", `Infinity`: "inf", `-Infinity`: "-inf",
		`[]`: "[]", `[ ]`: "[]", `{}`: "{}", `[1]`: "[1]", `[7,8]`: "[7, 8]", `[[]]`: "[[]]", `["1",null]`: "['1', None]", `{"a":1,"b":[true]}`: "{'a': 1, 'b': [True]}",
		`["a'b"]`: `["a'b"]`, `["a\"b'"]`: `['a"b\'']`, `["\\\n\t\r\u0000\u0085\u200b"]`: `['\\\n\t\r\x00\x85\u200b']`, `["é😀"]`: `['é😀']`,
	} {
		span, err := Value([]byte(document), Constants)
		if err != nil {
			t.Fatalf("%s: %v", document, err)
		}
		if got := Str(span); got != want {
			t.Errorf("Str(%s) = %s, want %s", document, got, want)
		}
	}
}
