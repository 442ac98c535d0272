// SPDX-License-Identifier: Apache-2.0

package conformance

import "strings"

// parseText says that the text after the parser's name is the edge's own.
func (m *maker) parseText(c *Case, prefix string) {
	c.Differs = &Difference{Row: RowParseText, Answer: m.prefixed(prefix)}
}

const jsonPrefix, multipartPrefix = "JSON parse error - ", "Multipart form parse error - "

// bodies are bodies that are not one object with one token.
func (m *maker) bodies() {
	good := m.sign(m.claims())
	quoted := `"` + good + `"`
	for _, body := range []string{
		`{}`, `{"access":` + quoted + `}`, `{"token":` + quoted + `}`, `{"Refresh":` + quoted + `}`, `[]`, `[` + quoted + `]`, `[{"refresh":` + quoted + `}]`, quoted, `""`,
		`7`, `-1.5`, `1e400`, `true`, `false`, `null`, `{"refresh":` + quoted + `,"access":"x","more":[1,{"a":null}]}`,
		`{"refresh":"x","refresh":` + quoted + `}`, `{"refresh":` + quoted + `,"refresh":"x"}`, `{"refresh":` + quoted + `,"refresh":null}`,
		`{"\u0072efresh":` + quoted + `}`, " \t\r\n{ \"refresh\" :\n" + quoted + " } \n", `{"":1,"refresh":` + quoted + `}`, `{"x":"é🚀\ud800","refresh":` + quoted + `}`,
		`{"x":1E400,"y":-0,"z":12345678901234567890123,"refresh":` + quoted + `}`, `{"x":` + strings.Repeat("[", 60) + strings.Repeat("]", 60) + `,"refresh":` + quoted + `}`,
		`{"refresh":"` + strings.Replace(good, ".", `\u002e`, 1) + `"}`, `{"refresh":"` + strings.Replace(good, "e", `\u0065`, 1) + `"}`,
		`{"x":"` + "\x7f\u2028" + `","refresh":` + quoted + `}`,
	} {
		m.add("JSON "+shown(body, good), JSON(RefreshPath, body))
	}
	for _, body := range []string{
		`   `, `{`, `}`, `{"refresh"`, `{"refresh":`, `{"refresh":` + quoted, `{"refresh":` + quoted + `}}`, `{"refresh":` + quoted + `} x`, `{"refresh":` + quoted + `}{}`,
		`{"refresh":` + quoted + `,}`, `{'refresh':'x'}`, `{refresh:"x"}`, `{"refresh":"x}`, `[1,]`, `[1 2]`, `nul`, `True`, `NaN`, `{"x":NaN,"refresh":"x"}`, `{"x":-Infinity,"refresh":"x"}`, `{"x":Infinity}`,
		"\xef\xbb\xbf{}", "{\"refresh\":\"\xff\"}", "{\"refresh\":\"\xc3\x28\"}", "{\"refresh\":\"\xed\xa0\x80\"}", "{\"refresh\":\"a\nb\"}", "{\"refresh\":\"a\x00b\"}", `{"refresh":"\x"}`, `{"refresh":"\u12"}`,
		`{"refresh":01}`, `{"refresh":+1}`, `{"refresh":.5}`, `{"refresh":1.}`, `{"refresh":1e}`, `{"refresh":-}`, `{"refresh":0x1}`, "\x00", "{}\x00", `{"a":1 "b":2}`, `{"a" 1}`, `{1:2}`, `// x` + "\n{}", "refresh=x",
		"\u00a0{}", `{"x":` + strings.Repeat("1", 4301) + `}`, "\x1f\x8b\x08\x00",
	} {
		m.parseText(m.add("no JSON "+shown(strings.ToValidUTF8(body, "?"), good), JSON(RefreshPath, body)), jsonPrefix)
	}
	m.add("integer of 4300 digits", JSON(RefreshPath, `{"x":`+strings.Repeat("1", 4300)+`}`))
	deep := m.add("body of 1500 levels", JSON(RefreshPath, strings.Repeat("[", 1500)+strings.Repeat("]", 1500)))
	deep.Differs = &Difference{Row: RowCrash, Answer: m.prefixed(jsonPrefix)}

	empty := JSON(RefreshPath, "")
	m.add("no body", empty)
	m.add("no body, no length", Request{Target: empty.Target, Headers: empty.Headers, NoLength: true})
	m.add("no body, no type", empty.WithoutHeader("Content-Type"))
	m.add("no body, text/plain", empty.Header("Content-Type", "text/plain"))
	m.add("no body, form", empty.Header("Content-Type", "application/x-www-form-urlencoded"))
	m.add("no body, multipart", empty.Header("Content-Type", "multipart/form-data; boundary=b"))
	m.add("no body, multipart without boundary", empty.Header("Content-Type", "multipart/form-data"))
	m.add("verify: no body", JSON(VerifyPath, ""))
	for _, v := range [][2]string{{"good token", `{"refresh":` + quoted + `}`}, {"broken token", `{"refresh":"x"}`}, {"list", `[]`}} {
		twin := JSON(RefreshPath, v[1])
		chunked := twin
		chunked.Chunked = true
		m.add("chunked, "+v[0], chunked).Differs = &Difference{Row: RowChunked, Twin: &twin}
	}
	m.forms(good)
	m.multiparts(good)
}

// shown shortens a body for the name of its case.
func shown(body, token string) string { return cut(strings.ReplaceAll(body, token, "<token>")) }

func (m *maker) forms(good string) {
	for _, body := range []string{
		"refresh=" + good, "refresh=x", "refresh=", "refresh", "refresh=%20%20", "refresh=%00", "refresh=a%00b", "a=b", "=", "&", "&&refresh=x&&", "refresh=x&refresh=" + good, "refresh=" + good + "&refresh=x",
		"refresh=" + good + "&refresh=", "refresh=+" + good + "+", "refresh=%20" + good + "%0A", "%72efresh=" + good, "refresh=" + strings.Replace(good, ".", "%2E", 1), "Refresh=x", "refresh%00=x", "refresh=%", "refresh=%zz",
		"refresh=%ff", "refresh=%C3%A9", "refresh=%ED%A0%80", "refresh=é", "refresh=a=b", "refresh=" + good + ";x=1", "x=1;refresh=" + good, "refresh=x+y", " refresh=" + good, "refresh =" + good, "refresh[]=" + good,
		"{\"refresh\":\"x\"}", "refresh=" + good + "\r\n", "\x00", "+refresh=x", "refresh=%u0041", "refresh=%e2%80%8b",
	} {
		m.add("form "+shown(strings.ToValidUTF8(body, "?"), good), Form(RefreshPath, body)).strictIfOdd(m)
	}
	m.add("verify: form", Form(VerifyPath, "token="+good))
	limits := m.add("form of 1001 fields", Form(RefreshPath, strings.Repeat("a&", 1000)+"refresh=x"))
	limits.Differs = &Difference{Row: RowDjangoLimits, Answer: m.prefixed("")}
	m.add("form of 1000 fields", Form(RefreshPath, strings.Repeat("a&", 999)+"refresh="+good))
}

// strictIfOdd marks forms whose token carries bytes that PyJWT skips.
func (c *Case) strictIfOdd(m *maker) {
	if strings.Contains(c.Request.Body, "%e2%80%8b") {
		m.stricter(c)
	}
}

func (m *maker) multiparts(good string) {
	end := "--b--\r\n"
	file := Part(`name="refresh"; filename="t.txt"`, good)
	for _, v := range [][2]string{
		{"good token", Part(`name="refresh"`, good) + end},
		{"broken token", Part(`name="refresh"`, "x") + end},
		{"empty value", Part(`name="refresh"`, "") + end},
		{"blank value", Part(`name="refresh"`, " \r\n ") + end},
		{"two values, the last one good", Part(`name="refresh"`, "x") + Part(`name="refresh"`, good) + end},
		{"two values, the last one broken", Part(`name="refresh"`, good) + Part(`name="refresh"`, "x") + end},
		{"another field", Part(`name="access"`, good) + end},
		{"name without quotes", Part(`name=refresh`, good) + end},
		{"name with a semicolon", Part(`name="a;b"; filename=""`, "x") + Part(`name="refresh"`, good) + end},
		{"a file", file + end},
		{"a file with an empty name", Part(`name="refresh"; filename=""`, good) + end},
		{"a file after the field", Part(`name="refresh"`, good) + file + end},
		{"the field after a file", file + Part(`name="refresh"`, good) + end},
		{"another file", Part(`name="photo"; filename="p.png"`, "\x89PNG") + Part(`name="refresh"`, good) + end},
		{"part with a type", "--b\r\nContent-Disposition: form-data; name=\"refresh\"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + good + "\r\n" + end},
		{"part in lower case", "--b\r\ncontent-disposition: form-data; name=\"refresh\"\r\n\r\n" + good + "\r\n" + end},
		{"part without a disposition", "--b\r\nContent-Type: text/plain\r\n\r\n" + good + "\r\n" + end},
		{"part without a name", Part(`x="refresh"`, good) + end},
		{"part in base64", "--b\r\nContent-Disposition: form-data; name=\"refresh\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + "eA==" + "\r\n" + end},
		{"base64 that is none", "--b\r\nContent-Disposition: form-data; name=\"refresh\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%x\r\n" + end},
		{"no end", Part(`name="refresh"`, good)},
		{"end without a line break", Part(`name="refresh"`, good) + "--b--"},
		{"preamble", "hello\r\n" + Part(`name="refresh"`, good) + end},
		{"epilogue", Part(`name="refresh"`, good) + end + "bye"},
		{"no part", end},
		{"garbage", "garbage"},
		{"another boundary", strings.ReplaceAll(Part(`name="refresh"`, good)+end, "--b", "--c")},
		{"line feeds only", strings.ReplaceAll(Part(`name="refresh"`, good)+end, "\r\n", "\n")},
		{"NUL in the value", Part(`name="refresh"`, "a\x00b") + end},
		{"value that is not UTF-8", Part(`name="refresh"`, "a\xffb") + end},
		{"JSON", `{"refresh":"x"}`},
	} {
		m.add("multipart: "+v[0], Multipart(RefreshPath, v[1]))
	}
	body := Part(`name="refresh"`, good) + end
	for _, t := range []string{"multipart/form-data", "multipart/form-data; boundary=", "Multipart/Form-Data; Boundary=b", "multipart/form-data; boundary=é"} {
		m.parseText(m.add("multipart type "+cut(t), Multipart(RefreshPath, body).Header("Content-Type", t)), multipartPrefix)
	}
	for _, t := range []string{
		"multipart/form-data; boundary=\"b\"", "multipart/form-data; charset=utf-8; boundary=b",
		"multipart/form-data;boundary=b", "multipart/form-data; boundary=b; charset=latin-1", "multipart/mixed; boundary=b", "multipart/form-data; boundary=" + strings.Repeat("b", 201),
		"multipart/form-data; boundary=b b", "multipart/form-data; boundary=\"b;x\"",
	} {
		m.add("multipart type "+cut(t), Multipart(RefreshPath, body).Header("Content-Type", t))
	}
}
