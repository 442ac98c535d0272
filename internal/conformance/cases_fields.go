// SPDX-License-Identifier: Apache-2.0

package conformance

import "strings"

// fields are values of the token's field (rest_framework/fields.py, CharField).
func (m *maker) fields() {
	good := m.sign(m.claims())
	for _, v := range []string{
		`null`, `true`, `false`, `[]`, `{}`, `["` + good + `"]`, `{"refresh":"` + good + `"}`, `7`, `-7`, `1.5`, `1e400`, `-1e400`, `1E5`, `-0`, `0.1e-10`, `123456789012345678901234567890`, `""`, `" "`, `"\t\n\r\u000b\f"`,
		`"\u0000"`, `" \u0000 "`, `"a\u0000b"`, `"\ud800"`, `"\udc00"`, `"a\udfffb"`, `"\ud800\u0000"`, `"\u0000\ud800\udc00\udc00"`, `"\ud83d\ude80"`, `"\u2028"`, `"\u001c\u001d\u001e\u001f"`,
		`"\u0085\u00a0\u1680\u2000\u2003\u200a\u2028\u2029\u202f\u205f\u3000"`, `"\ufeff"`, `"\u180e"`, `"é"`,
	} {
		m.add("field "+cut(v), JSON(RefreshPath, `{"refresh":`+v+`}`))
	}
	for _, v := range []string{`null`, `true`, `[]`, `7`, `""`, `" "`, `"\u0000"`, `"\ud800"`, `"x"`} {
		m.add("verify: field "+v, JSON(VerifyPath, `{"token":`+v+`}`))
	}
	m.add("verify: the refresh field", JSON(VerifyPath, `{"refresh":"`+good+`"}`))
	for _, v := range []string{" ", "\t\r\n", "\u00a0", "\u2003", "\u3000", "\x1c\x1d\x1e\x1f", "\u0085"} {
		m.refresh("white space around: "+PyString(v), v+good+v)
	}
	for _, v := range []string{"\ufeff", "\u180e", "\u2060"} {
		m.stricter(m.refresh("no white space: "+PyString(v), good+v))
	}
	m.add("verify: white space around", JSON(VerifyPath, `{"token":"  `+good+`\n"}`))
	m.stricter(m.refresh("a token of 6000 bytes that is none", strings.Repeat("x", 6000)))
	m.refresh("a large good token", m.sign(m.claims().With("blob", `"`+strings.Repeat("0123456789", 250)+`"`)))
}
