// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// What follows is aimed at what changed between the releases of Django and REST
// framework in how they read headers: RFC 2231, names without a value, media types with
// one, limits, and the headers and the base64 of a part of a multipart body.

// oddHeaders sends a token with headers that releases take apart differently.
func (x *chaos) oddHeaders() Case {
	c := x.show(x.randomToken())
	switch x.rng.IntN(3) {
	case 0:
		c.Request = x.oddAccept(c.Request)
	case 1:
		kind := pick(x.rng, "application/json", "application/json", "application/json=x", "=application/json", "*/*", "application/json ", "multipart/form-data; boundary=b", "application/x-www-form-urlencoded")
		c.Request = c.Request.Header("Content-Type", kind+x.oddParameters("charset", "boundary", "x")+x.padding(256))
	default:
		path, field := RefreshPath, "refresh"
		if x.one(5) {
			path, field = VerifyPath, "token"
		}
		c.Request = Multipart(path, x.oddParts(field, c.Token)+"--b--\r\n")
	}
	return c
}

// oddAccept has one range that JSON matches, and no HTML: of equally specific ranges
// DRF takes any.
func (x *chaos) oddAccept(r Request) Request {
	filler := func(n int) string { return strings.Repeat(pick(x.rng, "text/plain,", "image/*,", ",", " ,"), n) }
	ranges := pick(x.rng, "application/json", "application/*", "*/*", "*/json", "application/json=x") + x.oddParameters("indent", "q", "x")
	switch x.rng.IntN(6) {
	case 0:
		ranges = filler(pick(x.rng, 1, 62, 63, 64, 65)) + ranges
	case 1:
		ranges += x.padding(256)
	case 2: // two headers: a server may limit the length of each
		half := strings.Repeat("x", 4050)
		r = r.Header("Accept", half)
		return r.With("Accept", strings.Repeat("y", 8192-4050-2-len(ranges)-1+x.rng.IntN(3))+","+ranges)
	}
	return r.Header("Accept", ranges+pick(x.rng, "", ",", ",text/plain"))
}

// padding is a parameter that makes a value of length bytes a little longer or shorter
// than that, one time in four.
func (x *chaos) padding(length int) string {
	if !x.one(4) {
		return ""
	}
	return ";y=" + strings.Repeat("y", max(0, length-40-x.rng.IntN(6)+x.rng.IntN(30)))
}

// oddParameters returns parameters of some of the names, maybe in pieces.
func (x *chaos) oddParameters(names ...string) string {
	var b strings.Builder
	for range x.rng.IntN(4) {
		name := pick(x.rng, names...)
		if x.one(6) {
			name = strings.ToUpper(name)
		}
		if x.one(4) {
			x.pieces(&b, name)
			continue
		}
		b.WriteString(pick(x.rng, ";", "; ", " ; ", ";;") + name + pick(x.rng, "", "", "*", "*0", "*0*", "*1", "**"))
		if !x.one(8) {
			b.WriteString(pick(x.rng, "=", "=", " = ", "==") + x.oddValue())
		}
	}
	return b.String()
}

// pieces writes a parameter in the pieces of RFC 2231.
func (x *chaos) pieces(b *strings.Builder, name string) {
	whole := pick(x.rng, "b", "2", "utf-8", "utf-8''b", "utf-8'en'%62", "utf-8''2", "latin-1''%32", "nonsense''2", "''b")
	cut := x.rng.IntN(len(whole) + 1)
	for i, piece := range []string{whole[:cut], whole[cut:]} {
		fmt.Fprintf(b, ";%s*%d%s=%s", name, i, pick(x.rng, "", "*"), piece)
	}
}

func (x *chaos) oddValue() string {
	value := pick(x.rng, "b", "2", "4", "utf-8", "latin-1", "ascii", "nonsense", "", "'", "b c", "b'c'd", "utf-8''b", "utf-8''%62", "latin-1'en'%32", "nonsense''b", "nonsense''%62", "hex''%62", "%62", `a\"b`, "=b", "\xe9")
	if x.rel.DRF.TextCharsets && x.one(8) {
		value = pick(x.rng, "zlib", "hex", "rot13", "base64") // others decode the body so: body-encoding
	}
	switch x.rng.IntN(6) {
	case 0, 1:
		return `"` + value + `"`
	case 2:
		return pick(x.rng, `"`, "<", " ", "\t") + value + pick(x.rng, "", ">", " ")
	}
	return value
}

// oddParts returns parts of a multipart body, one of which may be the field.
func (x *chaos) oddParts(field, token string) string {
	var b strings.Builder
	for range 1 + x.rng.IntN(2) {
		b.WriteString("--b\r\n")
		if x.one(3) {
			b.WriteString(pick(x.rng, "X", "Content-Type", "Content-Type ") + pick(x.rng, ": ", ":") + pick(x.rng, "text/plain", "x=y") + x.oddParameters("charset", "name") + "\r\n")
		}
		if x.one(8) {
			b.WriteString("X: " + strings.Repeat("x", pick(x.rng, 900, 930, 940, 950, 960, 1024)+x.rng.IntN(10)) + "\r\n")
		}
		b.WriteString(pick(x.rng, "Content-Disposition: ", "Content-Disposition: ", "content-disposition:", "Content-Disposition : ", " Content-Disposition: ", "Content-Disposition:\t") + pick(x.rng, "form-data", "form-data", "form-data=x", "") +
			pick(x.rng, "; name="+field, `; name="`+field+`"`, ";name*=utf-8''"+field, ";name*0="+field[:2]+";name*1="+field[2:], "; name=<"+field+">", `; name=" `+field+` "`, "; name") +
			pick(x.rng, "", "", "", `; filename="f"`, "; filename=", "; filename*=utf-8''f", "; filename*0=f", "; filename") + x.oddParameters("name", "x") + "\r\n")
		value := token
		if x.one(3) {
			b.WriteString(pick(x.rng, "Content-Transfer-Encoding: base64", "content-transfer-encoding:Base64 ", "Content-Transfer-Encoding : base64", "Content-Transfer-Encoding: base64;x=y", "Content-Transfer-Encoding: 8bit") + "\r\n")
			value = base64.StdEncoding.EncodeToString([]byte(token))
			if x.one(2) {
				value = x.damage(value, "=!\n -\x00\xffQ")
			}
		}
		b.WriteString("\r\n" + value + "\r\n")
	}
	return b.String()
}
