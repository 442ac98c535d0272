// SPDX-License-Identifier: Apache-2.0

package conformance

import "strings"

// damage changes a few bytes of a text.
func (x *chaos) damage(s string, alphabet string) string {
	b := []byte(s)
	for n := 1 + x.rng.IntN(3); n > 0 && len(b) > 0; n-- {
		i := x.rng.IntN(len(b))
		letter := alphabet[x.rng.IntN(len(alphabet))]
		switch x.rng.IntN(4) {
		case 0:
			b[i] = letter
		case 1:
			b = append(b[:i], b[i+1:]...)
		case 2:
			b = append(b[:i], append([]byte{letter}, b[i:]...)...)
		default:
			j := min(len(b), i+x.rng.IntN(9))
			b = append(b[:j], append([]byte(string(b[i:j])), b[j:]...)...)
		}
	}
	return string(b)
}

// damaged changes a token after it was signed. The last bytes are favoured:
// that is where unused bits and padding are.
func (x *chaos) damaged(token string) string {
	switch x.rng.IntN(5) {
	case 0:
		return token[:len(token)-1] + string(alphabet[x.rng.IntN(64)])
	case 1:
		return token + pick(x.rng, "=", "==", "A", "AAAA", ".", ".x", "!", "!!!", "\n", " ", "\u200b", "é")
	case 2:
		header, payload, signature := split(token)
		return pick(x.rng, payload+"."+header+"."+signature, header+"."+payload, header+"."+payload+".", header+".."+signature, header+"."+payload+"."+signature[:len(signature)/2])
	}
	return x.damage(token, alphabet+".=+/ ")
}

// forged signs with something that is not the profile's.
func (x *chaos) forged() string {
	alg := pick(x.rng, "HS256", "HS384", "HS512")
	header := pick(x.rng, Header(alg), Header(x.p.Algorithm), `{"alg":"none"}`, `{}`, `{"alg":"`+x.p.Algorithm+`","kid":"k"}`, `{"alg":"`+x.p.Algorithm+`","kid":1}`,
		`{"alg":"`+x.p.Algorithm+`","x":`+x.value(0)+`}`, `{"alg":"`+x.p.Algorithm+`","crit":["x"]}`, `{"typ":"x","alg":"`+x.p.Algorithm+`"}`)
	key := x.p.Key
	if x.p.Public != "" {
		key = x.p.Public // which everybody has
	}
	return Compact(alg, pick(x.rng, key, key+"x", ""), header, x.randomClaims().Payload())
}

// body changes a body that carries a token, or makes one that does not.
func (x *chaos) body() Case {
	c := x.show(x.randomToken())
	r := c.Request
	switch x.rng.IntN(5) {
	case 0:
		r.Body = x.value(0)
	case 1:
		r.Body = strings.Replace(r.Body, `{"`, `{`+PyString(x.name())+`:`+x.value(0)+`,"`, 1)
	case 2:
		r.Body = r.Body[:x.rng.IntN(len(r.Body)+1)]
	default:
		r.Body = x.damage(r.Body, "{}[]\":,\\ 0e-.&=%+\r\nnu\x00\xff\xc3\xa9")
	}
	return Case{Request: r}
}

// headers sends a token with other negotiation headers.
func (x *chaos) headers() Case {
	c := x.show(x.randomToken())
	if x.one(2) {
		c.Request = c.Request.WithoutHeader("Accept")
		indented := false
		for range 1 + x.rng.IntN(2) {
			var ranges []string
			for range 1 + x.rng.IntN(3) {
				ranges = append(ranges, x.mediaRange())
				indented = indented || strings.Contains(ranges[len(ranges)-1], "indent")
			}
			c.Request = c.Request.With("Accept", strings.Join(ranges, pick(x.rng, ",", ", ", " , ")))
		}
		if indented {
			// Of equally specific ranges DRF takes any: they are in a Python set.
			c.Request = c.Request.Header("Accept", pick(x.rng, "", "text/plain,", "application/xml, ")+
				pick(x.rng, "application/json", "application/*", "*/*")+pick(x.rng, ";", "; ", " ; ")+pick(x.rng, "indent=2", "indent=9", "indent=x; q=0", "q=1;indent=4"))
		}
	} else {
		c.Request = c.Request.Header("Content-Type", x.mediaRange())
	}
	return c
}

func (x *chaos) mediaRange() string {
	var media strings.Builder
	media.WriteString(pick(x.rng, "application/json", "application/json", "application/json", "Application/JSON", "*/*", "application/*", "text/html", "text/plain", "text/*", "application/xml", "application/x-www-form-urlencoded",
		"multipart/form-data", "json", "", "*", "application/json ", "application/problem+json"))
	for x.one(3) {
		media.WriteString(pick(x.rng, ";", "; ", " ; ") + pick(x.rng, "q=0.5", "q=0", "indent=2", "indent=9", "indent=x", "charset=utf-8", "charset=\"utf-8\"", "charset=latin-1", "charset=nonsense", "version=1", "boundary=b", "boundary=\"b\"", "x", "x=\"a,b\"", ""))
	}
	return media.String()
}
