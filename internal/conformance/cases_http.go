// SPDX-License-Identifier: Apache-2.0

package conformance

import "strings"

// negotiation is about Accept and format (rest_framework/negotiation.py).
func (m *maker) negotiation() {
	good := m.sign(m.claims())
	request := JSON(RefreshPath, `{"refresh":"`+good+`"}`)
	for _, accept := range []string{
		"*/*", "*/json", "application/*", "application/json", "application/json; q=0.1", "application/json;q=0", "application/json, text/plain, */*", "APPLICATION/JSON", "application/json;charset=utf-8", "application/json; indent=4",
		"application/json; indent=0", "application/json; indent=99", "application/json; indent=-1", "application/json; indent=x", "*/*; indent=2", "text/plain, application/json", "application/json,", ",application/json",
		" application/json ", "text/plain, */*; q=0.1", "application/xml, */*", "application/json;version=1", "application/json ; indent=2", "application/*;indent=3", "text/plain;x=1, application/json;indent=1",
	} {
		m.add("accept "+accept, request.Header("Accept", accept))
	}
	for _, accept := range []string{
		"", "text/plain", "application/xml", "garbage", "json", "*", "image/*", "application/vnd.api+json", "text/json", ";", ",", "/", "application", "application/", "application/jsonx", "application /json", "é/é",
	} {
		m.add("accept "+PyString(accept), request.Header("Accept", accept))
		if len(accept) > 10 {
			m.add("accept "+accept+", broken token", JSON(RefreshPath, `{"refresh":"x"}`).Header("Accept", accept))
		}
	}
	m.add("no accept", request.WithoutHeader("Accept"))
	m.add("accept, twice", request.Header("Accept", "text/plain").With("Accept", "application/json"))
	m.add("accept, twice neither", request.Header("Accept", "text/plain").With("Accept", "text/xml"))
	m.add("not acceptable before no JSON", JSON(RefreshPath, `{`).Header("Accept", "text/plain"))
	m.add("not acceptable before the type", JSON(RefreshPath, `{`).Header("Accept", "text/plain").Header("Content-Type", "text/plain"))
	m.add("indent of an error", JSON(RefreshPath, `{"refresh":"x"}`).Header("Accept", "application/json; indent=4"))
	m.add("indent of a field error", JSON(RefreshPath, `{}`).Header("Accept", "application/json; indent=4"))
	m.add("verify: indent of an empty answer", JSON(VerifyPath, `{"token":"`+good+`"}`).Header("Accept", "application/json; indent=4"))
	m.add("verify: not acceptable", JSON(VerifyPath, `{"token":"`+good+`"}`).Header("Accept", "image/png"))
	for _, accept := range []string{"text/html", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/*", "text/html, application/json"} {
		m.html("HTML for "+accept, request.Header("Accept", accept), request)
	}
	m.html("HTML for a broken token", JSON(RefreshPath, `{"refresh":"x"}`).Header("Accept", "text/html"), JSON(RefreshPath, `{"refresh":"x"}`))
	m.html("format api", request.At(RefreshPath+"?format=api").Header("Accept", "*/*"), request)
	for _, query := range []string{"?", "?x=1", "?refresh=x", "?format=json", "?format=", "?format=xml", "?format=JSON", "?format=json&format=xml", "?format=xml&format=json", "?%66ormat=xml", "?format=json%20", "?x=%zz", "?format"} {
		m.add("query "+query, request.At(RefreshPath+query))
	}
	m.add("format json, accept html", request.At(RefreshPath+"?format=json").Header("Accept", "text/html"))
	m.add("format json, accept plain", request.At(RefreshPath+"?format=json").Header("Accept", "text/plain"))
	for _, h := range [][2]string{
		{"Authorization", "Bearer x"},
		{"Authorization", "Basic eDp5"},
		{"Origin", "https://evil.example"},
		{"Cookie", "theme=dark"},
		{"Cookie", "refresh=x"},
		{"Accept-Language", "fr"},
		{"Accept-Encoding", "gzip"},
		{"X-HTTP-Method-Override", "DELETE"},
		{"X-Requested-With", "XMLHttpRequest"},
		{"Accept-Charset", "latin-1"},
		{"Content-Encoding", "identity"},
		{"Content-Language", "fr"},
		{"If-None-Match", "*"},
		{"Range", "bytes=0-1"},
		{"User-Agent", "é"},
	} {
		m.add("with "+h[0]+": "+h[1], request.With(h[0], h[1]))
	}
	for _, method := range []string{"post", "Post", "pOSt"} {
		odd := request
		odd.Method = method
		m.add("method "+method, odd)
		odd.Body = `{}`
		m.add("method "+method+", no field", odd)
	}
	m.add("broken session cookie", request.With("Cookie", "sessionid=x")).Differs = &Difference{Row: RowMiddleware, Twin: &request}
	m.add("broken CSRF cookie", request.With("Cookie", "csrftoken=x")).Differs = &Difference{Row: RowMiddleware, Twin: &request}
}

// html adds a case that Django answers with the browsable API.
func (m *maker) html(name string, r, twin Request) {
	if m.p.JSONOnly {
		m.add(name, r) // it has none
		return
	}
	m.add(name, r).Differs = &Difference{Row: RowAcceptHTML, Twin: &twin}
}

// contentTypes are about the Content-Type of a JSON body.
func (m *maker) contentTypes() {
	good := m.sign(m.claims())
	request := JSON(RefreshPath, `{"refresh":"`+good+`"}`)
	for _, t := range []string{
		"application/json; charset=utf-8", "application/json;charset=UTF-8", "APPLICATION/JSON", "application/json;", "application/json; foo=bar", " application/json ", "*/*", "*/json", "application/*", "application/json; charset=\"utf-8\"",
		"application/json; charset=us-ascii", "application/json; charset=latin-1", "application/json; charset=iso-8859-1", "application/json; charset=nonsense", "application/json; charset=", "application/json; charset",
		"application/json ; x", "application/json;indent=4", "application/json; charset=utf-8; charset=latin-1", "application/json; x=\"a;b\"; y",
	} {
		m.add("type "+t, request.Header("Content-Type", t))
	}
	latin := JSON(RefreshPath, "{\"refresh\":\""+good+"\",\"x\":\"\xe9\"}")
	m.add("latin-1 in latin-1", latin.Header("Content-Type", "application/json; charset=latin-1"))
	m.parseText(m.add("latin-1 in UTF-8", latin), jsonPrefix)
	m.parseText(m.add("latin-1 in an unknown charset", latin.Header("Content-Type", "application/json; charset=nonsense")), jsonPrefix)
	m.parseText(m.add("latin-1 in us-ascii", latin.Header("Content-Type", "application/json; charset=us-ascii")), jsonPrefix)
	m.add("UTF-16 in UTF-16", JSON(RefreshPath, "\xff\xfe"+utf16le(`{"refresh":"`+good+`"}`)).Header("Content-Type", "application/json; charset=utf-16"))
	m.parseText(m.add("UTF-16 without a mark in UTF-16", JSON(RefreshPath, utf16le(`{"refresh":"`+good+`"}`)).Header("Content-Type", "application/json; charset=utf-16")), jsonPrefix)
	m.parseText(m.add("UTF-16 in UTF-8", JSON(RefreshPath, utf16le(`{}`))), jsonPrefix)
	for _, v := range []struct{ codec, body string }{
		{"cp037", "\xc0\xd0"}, // {} in EBCDIC
		{"utf-8-sig", "\xef\xbb\xbf{\"refresh\":\"" + good + "\"}"},
		{"utf_8_sig", "\xef\xbb\xbf{}"},
	} {
		twin := JSON(RefreshPath, v.body)
		m.add("charset "+v.codec, twin.Header("Content-Type", "application/json; charset="+v.codec)).Differs = &Difference{Row: RowBodyEncoding, Twin: &twin}
	}
	m.add("form in latin-1", Form(RefreshPath, "refresh=%E9").Header("Content-Type", "application/x-www-form-urlencoded; charset=latin-1"))
	m.add("form, type in capitals", Form(RefreshPath, "refresh="+good).Header("Content-Type", "Application/X-WWW-Form-Urlencoded"))
	m.add("form sent as JSON", Form(RefreshPath, "a=b").Header("Content-Type", "application/json")).Differs = &Difference{Row: RowParseText, Answer: m.prefixed(jsonPrefix)}
	for _, t := range []string{
		"", "text/plain", "text/plain; charset=UTF-8", "text/json", "application/vnd.api+json", "application/jsonx", "application/xml", "json", "garbage", "application", "application/", "/json", ";", "application/json, text/plain",
		"text/html; x=\"quoted\\\"\"", "text/plain; x=é", "text/x\tplain", "application/json\tx", "image/png", "application/octet-stream", "application/jose", "text/*", "*", "application /json", "<script>&",
	} {
		m.add("unsupported type "+t, request.Header("Content-Type", t))
	}
	m.add("no type", request.WithoutHeader("Content-Type"))
	m.add("no type, broken body", JSON(RefreshPath, `{`).WithoutHeader("Content-Type"))
	m.add("verify: unsupported type", JSON(VerifyPath, `{}`).Header("Content-Type", "text/plain"))
}

// prefixed is a 400 whose text only begins like that.
func (m *maker) prefixed(prefix string) *Answer {
	a := m.answer(400, "")
	a.BodyPrefix = `{"detail":"` + prefix
	return a
}

// paths are other ways to write the path, and a body that is too long.
func (m *maker) paths() {
	good := m.sign(m.claims())
	request := JSON(RefreshPath, `{"refresh":"`+good+`"}`)
	bare := func(path string) string { return strings.TrimSuffix(path, "/") }
	m.add("no slash", request.At(bare(RefreshPath))).Differs = &Difference{Row: RowNoSlash, Twin: &request}
	broken := JSON(RefreshPath, `{"refresh":"x"}`)
	m.add("no slash, broken token", broken.At(bare(RefreshPath))).Differs = &Difference{Row: RowNoSlash, Twin: &broken}
	check := JSON(VerifyPath, `{"token":"`+good+`"}`)
	m.add("verify: no slash", check.At(bare(VerifyPath))).Differs = &Difference{Row: RowNoSlash, Twin: &check}
	large := m.add("body of 70000 bytes", JSON(RefreshPath, `{"refresh":"`+strings.Repeat("x", 70000)+`"}`))
	large.Differs = &Difference{Row: RowMaxBody, Answer: m.answer(413, "")}
	large.Differs.Answer.BodyPrefix = `{"detail":"`
	m.add("escaped letter in the path", request.At("/api/token/%72efresh/"))
	m.add("absolute URI", request.At("http://edge.example"+RefreshPath))
	for _, path := range []string{"//api/token/refresh/", "/api//token/refresh/", "/api/token/refresh//", "/api/./token/refresh/", "/x/../api/token/refresh/", "/api/token/verify/../refresh/", "/api/token/refresh/.", "/api/token/%2e/refresh/"} {
		c := m.add("path "+path, request.At(path))
		c.Differs = &Difference{Row: RowOtherPath, Answer: m.answer(404, `{"detail":"Not found."}`)}
	}
}
