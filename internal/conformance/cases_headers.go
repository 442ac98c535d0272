// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"strconv"
	"strings"
)

// headerReaders is about what changed between the releases of Django and REST framework
// in how they read headers (django/utils/http.py, parse_header_parameters;
// rest_framework/negotiation.py), and the parts of a multipart body
// (django/http/multipartparser.py).
func (m *maker) headerReaders() {
	good := m.sign(m.claims())
	request := JSON(RefreshPath, `{"refresh":"`+good+`"}`)
	pad := func(value string, length int) string { return value + strings.Repeat("x", length-len(value)) }
	for _, accept := range []string{
		"application/json=x", "application/json=x;y=z", "application/json;indent", "application/json;indent*=utf-8''2", "application/json;indent*0=2", "application/json;indent*0=1;indent*1=0", "application/json;indent=<2>", `application/json;indent="2"`,
		"application/json;indent*=2;indent=4", "application/json;indent=4;indent*=2", "application/json;INDENT=2", "*/*;indent*=utf-8''%32", `*/*;x="a;indent=3"`, "text/plain,application/json;indent*=''2", "application/json;x*=latin-1''%e9",
	} {
		m.add("accept "+accept, request.Header("Accept", accept))
	}
	for _, n := range []int{255, 256, 257} {
		m.add("accept a range of "+strconv.Itoa(n), request.Header("Accept", pad("application/json;x=", n)))
		m.add("type of "+strconv.Itoa(n), request.Header("Content-Type", pad("application/json;x=", n)))
	}
	for _, n := range []int{63, 64} {
		m.add("accept JSON after "+strconv.Itoa(n)+" ranges", request.Header("Accept", strings.Repeat("text/plain,", n)+"application/json"))
		m.add("accept JSON after "+strconv.Itoa(n)+" empty ranges", request.Header("Accept", strings.Repeat(",", n+1)+"application/json"))
	}
	for _, t := range []string{
		"application/json=x", "application/json=x;y=z", "application/json;charset", "application/json;charset=<latin-1>", "application/json;charset*0=lat;charset*1=in-1", "application/json;charset*=utf-8''latin-1", "application/json;charset*=ascii;charset=utf-8", "application/json;;",
	} {
		m.add("type "+t, JSON(RefreshPath, "{\"refresh\":\"\xe9\"}").Header("Content-Type", t))
		m.add("good, type "+t, request.Header("Content-Type", t))
	}
	if m.rel.DRF.TextCharsets { // others decode the body so: body-encoding
		for _, charset := range []string{"zlib", "HEX", "rot13", "base64", "bz2-codec", "uu", "quopri", "undefined", `"zip"`} {
			m.add("charset that is no text: "+charset, request.Header("Content-Type", "application/json; charset="+charset))
		}
		m.add("charset of a form that is no text", Form(RefreshPath, "refresh=x").Header("Content-Type", "application/x-www-form-urlencoded; charset=zlib"))
	}
	end := "--b--\r\n"
	part := func(headers, value string) string { return "--b\r\n" + headers + "\r\n\r\n" + value + "\r\n" + end }
	const named = "Content-Disposition: form-data; name=refresh"
	for _, t := range []string{"multipart/form-data; boundary*0=b", "multipart/form-data; boundary*=utf-8''b", "multipart/form-data; boundary*=b; boundary=x", "multipart/form-data; boundary=x; boundary*=b", "multipart/form-data; boundary=<b>", "multipart/form-data=x; boundary=b"} {
		m.add("multipart type "+t, Multipart(RefreshPath, part(named, good)).Header("Content-Type", t))
	}
	for _, v := range [][2]string{
		{"name in an extended parameter", part("Content-Disposition: form-data; name*=utf-8''refresh", good)},
		{"name in pieces", part("Content-Disposition: form-data; name*0=ref; name*1=resh", good)},
		{"name in angle brackets", part("Content-Disposition: form-data; name=<refresh>", good)},
		{"name without a value", part("Content-Disposition: form-data; name", good)},
		{"filename without a value", part(named+"; filename", good)},
		{"filename in pieces", part(named+"; filename*0=f", good)},
		{"disposition with a value", part("Content-Disposition: form-data=x; name=refresh", good)},
		{"space before the colon", part("Content-Disposition : form-data; name=refresh", good)},
		{"space before the header", part(" "+named, good)},
		{"base64 with a space", part(named+"\r\nContent-Transfer-Encoding: base64", "eA ==")},
		{"base64 with a mark", part(named+"\r\nContent-Transfer-Encoding: base64", "eA!==")},
	} {
		m.add("multipart: "+v[0], Multipart(RefreshPath, v[1]))
	}
	for _, n := range []int{1023, 1024, 1025} {
		m.add("multipart: part with "+strconv.Itoa(n)+" bytes of headers", Multipart(RefreshPath, part(pad(named+"\r\nX: ", n-6), good)))
	}
	for _, content := range []string{"QUJD", "QUJ", "QUJD!", "QUJD!!!!", "QU JD", "QQ==QQ=="} {
		m.add("multipart: file in base64: "+content, Multipart(RefreshPath, part("Content-Disposition: form-data; name=f; filename=f\r\nContent-Transfer-Encoding: base64", content)))
	}
	m.unreadableHeaders(request, func(header string) Request { return Multipart(RefreshPath, part(named+"\r\n"+header, good)) })
}

// unreadableHeaders are about parameters that make Django's reader raise an exception:
// an error page, unless the caller expects a ValueError.
func (m *maker) unreadableHeaders(request Request, part func(header string) Request) {
	django := m.rel.Django
	for _, v := range []struct {
		parameter string
		raises    bool
		expected  bool // it is a ValueError
	}{
		{"x*=nonsense''%78", true, django.RefusesUnknownCharset},
		{"x*=nonsense''x", django.EmailHeaders, true},
		{"x*=a;x*0=b", django.EmailHeaders, false},
		{"x'*=b'c", !django.EmailHeaders, true},
		{"x*=utf-8'x", false, true},
	} {
		crashes := func(c *Case, crashes bool, edge *Answer) {
			if v.raises && crashes {
				c.Differs = &Difference{Row: RowCrash, Answer: edge}
			}
		}
		crashes(m.add("type with "+v.parameter, request.Header("Content-Type", "application/json;"+v.parameter)),
			true, m.answer(400, `{"detail":"Invalid Content-Type header."}`))
		crashes(m.add("accept with "+v.parameter, request.Header("Accept", "text/plain;"+v.parameter+",application/json")),
			!v.expected || !m.rel.DRF.LimitsMediaTypes, m.answer(406, `{"detail":"Could not satisfy the request Accept header."}`))
		crashes(m.add("multipart: part with "+v.parameter, part("X: y;"+v.parameter)),
			!v.expected, m.prefixed(multipartPrefix))
	}
}
