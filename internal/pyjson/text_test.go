// SPDX-License-Identifier: Apache-2.0

package pyjson

import "testing"

func TestUnescape(t *testing.T) {
	for raw, want := range map[string]string{
		``:                          "",
		`abc`:                       "abc",
		`\"\\\/\b\f\n\r\t`:          "\"\\/\b\f\n\r\t",
		`\u0065xp`:                  "exp",
		`\u00EB\u00eb\u2028`:        "\u00eb\u00eb\u2028",
		`\u0000`:                    "\x00",
		`\ud83d\ude00`:              "\U0001F600",
		`x\ud83d\ud83d\ude00\ude00`: "x\xed\xa0\xbd\U0001F600\xed\xb8\x80",
		`\ud83d`:                    "\xed\xa0\xbd",
		`\ud83dx\ude00`:             "\xed\xa0\xbdx\xed\xb8\x80",
		`\ud83d\\ude00`:             "\xed\xa0\xbd\\ude00",
		`\ud83d\n`:                  "\xed\xa0\xbd\n",
	} {
		if got := string(Unescape([]byte("+"), []byte(raw))); got != "+"+want {
			t.Errorf("%s: got %q, want %q", raw, got, want)
		}
		if got := string(Unquote(nil, []byte(`"`+raw+`"`))); got != want {
			t.Errorf("Unquote of %s: got %q, want %q", raw, got, want)
		}
		inPlace := []byte(raw)
		if got := string(Unescape(inPlace[:0], inPlace)); got != want {
			t.Errorf("%s in place: got %q, want %q", raw, got, want)
		}
	}
}

func TestSurrogate(t *testing.T) {
	for text, want := range map[string]rune{
		"":                               0,
		"\u00eb\uD7FF\uE000\U0001F600":   0,
		"\xed":                           0,
		"\xed\x9f\xbf":                   0,
		"a\xed\xa0\x80":                  0xD800,
		"\ud7ff\xed\xbf\xbf\xed\xa0\x80": 0xDFFF,
	} {
		got, found := Surrogate([]byte(text))
		if got != want || found != (want != 0) {
			t.Errorf("%q: got %X, %v, want %X", text, got, found, want)
		}
	}
}

// A caller that looks for a name has to find it however it is spelled: otherwise only
// one side would see the claim "\u0065xp" beside "exp".
func TestKeyIs(t *testing.T) {
	for _, tt := range []struct {
		key, name string
		want      bool
	}{
		{`exp`, "exp", true},
		{`\u0065xp`, "exp", true},
		{`\u0065\u0078\u0070`, "exp", true},
		{`ex\u0070`, "exp", true},
		{`EXP`, "exp", false},
		{`exp\u0000`, "exp", false},
		{`\u0000exp`, "exp", false},
		{`ex`, "exp", false},
		{`\u0065x`, "exp", false},
		{``, "", true},
		{`\u00eb`, "\u00eb", true},
		{`\ud83d\ude00`, "\U0001F600", true},
		{`\ud83d`, "\xed\xa0\xbd", true},
		{`\"`, `"`, true},
		{`\\`, `\\`, false},
	} {
		var m Members
		m.Reset([]byte(`{"`+tt.key+`":1}`), Strict)
		if !m.Next() || m.KeyIs(tt.name) != tt.want {
			t.Errorf("%s is %q: not %v", tt.key, tt.name, tt.want)
		}
	}
}

func TestEqualText(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{`exp`, `exp`, true},
		{`exp`, `\u0065xp`, true},
		{`\u0065xp`, `e\u0078p`, true},
		{`\u00eb`, "\u00eb", true},
		{`\ud83d\ude00`, "\U0001F600", true},
		{`\ud83d`, `\uD83D`, true},
		{`\ud83d`, `\ufffd`, false},
		{`exp`, `expx`, false},
		{`\u0065xp`, `exp\u0000`, false},
		{`exp\u0000`, `\u0065xp`, false},
		{``, ``, true},
		{`\n`, `\u000A`, true},
	} {
		if EqualText([]byte(tt.a), []byte(tt.b)) != tt.want {
			t.Errorf("%s and %s: not %v", tt.a, tt.b, tt.want)
		}
	}
}
