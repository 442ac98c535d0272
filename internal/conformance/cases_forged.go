// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"strings"
)

// forgeries are tokens whose signature, header or form is wrong.
func (m *maker) forgeries() {
	alg, key, payload := m.p.Algorithm, m.p.Key, m.claims().Payload()
	good := m.p.Sign(payload)
	head, body, sig := split(good)
	other, otherKey := map[string]string{"HS256": "HS512", "HS384": "HS256", "HS512": "HS384"}[alg], key
	if m.p.Public != "" {
		other, otherKey = "HS256", m.p.Public
	}

	m.refresh("forged: another key", Compact(alg, m.p.OtherKey, Header(alg), payload))
	m.refresh("forged: empty key", emptyKey(alg, payload))
	m.refresh("forged: "+other+" with the right key", Compact(other, otherKey, Header(other), payload))
	m.refresh("forged: header says "+other, Compact(alg, key, Header(other), payload))
	m.refresh("forged: MAC of "+other, Compact(other, otherKey, Header(alg), payload))
	m.refresh("forged: payload of another token", head+"."+b64.EncodeToString([]byte(m.claims().With(m.p.UserID, `2`).Payload()))+"."+sig)
	m.refresh("forged: alg none", b64.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))+"."+body+".")
	m.refresh("forged: another key and expired", Compact(alg, m.p.OtherKey, Header(alg), m.claims().With("exp", m.at(-600)).Payload()))
	if m.p.Name == "rotate" || m.p.Name == "audience-one" {
		for i := range m.cases {
			m.cases[i].LiveOnly = m.cases[i].LiveOnly || strings.HasPrefix(m.cases[i].Name, "forged: ") || strings.HasPrefix(m.cases[i].Name, "claims: ")
		}
	}
	m.verify("forged: another key", Compact(alg, m.p.OtherKey, Header(alg), payload))
	m.verify("forged: alg none", b64.EncodeToString([]byte(`{"alg":"none","typ":"JWT"}`))+"."+body+".")
	if m.p.Name != "default" {
		return
	}
	m.refresh("forged: no signature", head+"."+body+".")
	m.refresh("forged: half a signature", head+"."+body+"."+sig[:20])
	m.refresh("forged: signature too long", head+"."+body+"."+sig+"AAAA")
	for _, header := range []string{
		`{"alg":"None"}`, `{"alg":"nOnE"}`, `{"alg":""}`, `{"alg":null}`, `{"alg":["HS256"]}`, `{"alg":"hs256"}`, `{"alg":"HS256 "}`, `{"alg":"RS256"}`, `{"alg":256}`,
		`{}`, `{"typ":"JWT"}`, `{"ALG":"HS256"}`, `[]`, `"HS256"`, `null`, `7`, ``, `{`, `{"alg":"HS256"`, `{"alg":"HS256"}x`, `{'alg':'HS256'}`, "\xff", `{"alg":"HS256","b64":false}`,
	} {
		m.refresh("header "+header, Compact(alg, key, header, payload))
	}
	for _, header := range []string{
		`{"alg":"HS256"}`, `{"alg":"HS256","typ":"at+jwt"}`, `{"alg":"HS256","typ":null}`, `{"alg":"HS256","kid":"../../dev/null"}`,
		`{"alg":"HS256","jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/"}`, `{"alg":"HS256","jwk":{"kty":"oct","k":"AA"}}`,
		" {\n\t\"typ\" : \"JWT\" , \"alg\" : \"HS256\" }\r\n", `{"alg":"\u0048S256"}`, `{"alg":"HS256","x":1E5,"y":"é"}`, `{"alg":"HS256","cty":"JWT"}`,
		`{"alg":"HS256","x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`,
	} {
		m.refresh("accepted header "+cut(header), Compact(alg, key, header, payload))
	}
	for _, p := range []string{``, `{`, `[]`, `"x"`, `7`, `null`, `{"exp":}`, payload + "x", payload + payload, "\xff", payload[:len(payload)-1] + ",}", strings.Repeat("[", 50)} {
		m.refresh("payload "+cut(strings.ToValidUTF8(p, "?")), Compact(alg, key, Header(alg), p))
	}
	m.refresh("payload with a raw newline in a string", m.p.Sign(m.claims().With("x", "\"a\nb\"").Payload()))
	m.refresh("payload with a control character in a string", m.p.Sign(m.claims().With("x", "\"\x01\"").Payload()))
	m.refresh("payload with an unknown escape", m.p.Sign(m.claims().With("x", `"\x41"`).Payload()))
	m.refresh("payload with a broken escape", m.p.Sign(m.claims().With("x", `"\u12g4"`).Payload()))
	m.refresh("payload with an octal number", m.p.Sign(m.claims().With("x", `017`).Payload()))
	m.refresh("payload with a bare point", m.p.Sign(m.claims().With("x", `1.`).Payload()))
	m.refresh("payload with a plus sign", m.p.Sign(m.claims().With("x", `+1`).Payload()))
	m.refresh("payload with a comment", m.p.Sign(m.claims().With("x", `1/**/`).Payload()))
	m.refresh("payload with nan in lower case", m.p.Sign(m.claims().With("x", `nan`).Payload()))
	m.refresh("payload with -NaN", m.p.Sign(m.claims().With("x", `-NaN`).Payload()))
	m.refresh("payload with UTF-8 that is none", m.p.Sign(m.claims().With("x", "\"\xc3\x28\"").Payload()))
	m.refresh("payload with a claim of 4301 digits", m.p.Sign(m.claims().With("x", strings.Repeat("1", 4301)).Payload()))
	for _, t := range []string{
		"x", "a.b", "a.b.c", ".", "..", "...", "a..c", head, head + "." + body, good + ".x", good + "." + body + "." + sig, "." + good, good + ".", body + "." + head + "." + sig,
		good[1:], " . . ", "Bearer " + good, `"` + good + `"`, head + "." + body + "\n." + sig + "x", head + " ." + body + "." + sig, "é" + good, strings.ToUpper(good),
		"\u200b", "\u202e" + good, "{}", strings.Repeat(".", 1000),
	} {
		c := m.refresh("text "+cut(strings.ReplaceAll(strings.ReplaceAll(t, good, "<token>"), head, "<header>")), t)
		m.stricter(c)
	}
	m.verify("text x", "x")
}

// strictTokens are tokens that PyJWT takes though RFC 7515 or RFC 8725 would
// not, and the edge does not either.
func (m *maker) strictTokens() {
	alg, key, payload := m.p.Algorithm, m.p.Key, m.claims().Payload()
	good := m.p.Sign(payload)
	head, body, sig := split(good)
	for _, v := range []struct{ name, token string }{
		{"signature with padding", good + "="},
		{"signature with more padding", good + "=="},
		{"signature with unused bits", head + "." + body + "." + flipUnused(sig)},
		{"payload with unused bits", unusedBits(m, alg, key)},
		{"three characters that are no base64", good + "!!!"},
		{"four of them within", head + "." + body + "." + sig[:9] + "****" + sig[9:]},
		{"a line break within", head + "." + body + "." + sig[:9] + "\n" + sig[9:]},
		{"zero width space at the end", good + "\u200b"},
		{"crit unknown", Compact(alg, key, `{"alg":"HS256","crit":["exp"],"exp":1}`, payload)},
		{"crit empty", Compact(alg, key, `{"alg":"HS256","crit":[]}`, payload)},
		{"crit not an array", Compact(alg, key, `{"alg":"HS256","crit":"b64"}`, payload)},
		{"b64 true", Compact(alg, key, `{"alg":"HS256","b64":true}`, payload)},
		{"duplicate in the header", Compact(alg, key, `{"alg":"none","alg":"HS256"}`, payload)},
		{"duplicate that names none last", Compact(alg, key, `{"alg":"HS256","alg":"none"}`, payload)},
		{"duplicate claim", m.p.Sign(payload[:len(payload)-1] + `,"user_id":2}`)},
		{"duplicate claim by an escape", m.p.Sign(payload[:len(payload)-1] + `,"user\u005fid":2}`)},
		{"duplicate exp, the first one passed", m.p.Sign(`{"exp":1,` + payload[1:])},
		{"byte order mark", m.p.Sign("\xef\xbb\xbf" + payload)},
		{"UTF-16", m.p.Sign(utf16le(payload))},
		{"UTF-16 with a mark", m.p.Sign("\xff\xfe" + utf16le(payload))},
		{"UTF-32", m.p.Sign(utf32le(payload))},
		{"byte order mark in the header", Compact(alg, key, "\xef\xbb\xbf"+Header(alg), payload)},
		{"UTF-16 header", Compact(alg, key, utf16le(Header(alg)), payload)},
		{"NaN in the header", Compact(alg, key, `{"alg":"HS256","x":NaN}`, payload)},
		{"Infinity in the header", Compact(alg, key, `{"alg":"HS256","x":Infinity}`, payload)},
		{"-Infinity in a list of the header", Compact(alg, key, `{"alg":"HS256","x":[-Infinity]}`, payload)},
		{"kid a number", Compact(alg, key, `{"alg":"HS256","kid":7}`, payload)},
		{"kid null", Compact(alg, key, `{"alg":"HS256","kid":null}`, payload)},
		{"kid an object", Compact(alg, key, `{"alg":"HS256","kid":{}}`, payload)},
		{"a surrogate in UTF-8", m.p.Sign(m.claims().With("x", "\"\xed\xa0\x80\"").Payload())},
		{"header and payload with padding", padded(m, alg, key)},
	} {
		m.stricter(m.refresh("strict: "+v.name, v.token))
	}
	deep := m.refresh("strict: claim of 1000 levels", m.p.Sign(m.claims().With("x", strings.Repeat("[", 1000)+strings.Repeat("]", 1000)).Payload()))
	m.crashes(deep)
}

// emptyKey signs with a secret of no bytes, whatever the algorithm.
func emptyKey(alg, payload string) string {
	if strings.HasPrefix(alg, "HS") {
		return Compact(alg, "", Header(alg), payload)
	}
	return Compact("HS256", "", Header(alg), payload)
}

func split(token string) (header, payload, signature string) {
	parts := strings.SplitN(token, ".", 3)
	return parts[0], parts[1], parts[2]
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// flipUnused sets the last of the bits that a final character has to spare.
func flipUnused(segment string) string {
	last := strings.IndexByte(alphabet, segment[len(segment)-1])
	return segment[:len(segment)-1] + string(alphabet[last^1])
}

// unusedBits signs a payload whose last character has a spare bit set.
func unusedBits(m *maker, alg, key string) string {
	payload := m.claims().Payload()
	for len(payload)%3 == 0 {
		payload += " "
	}
	input := b64.EncodeToString([]byte(Header(alg))) + "." + flipUnused(b64.EncodeToString([]byte(payload)))
	return input + "." + b64.EncodeToString(MAC(alg, key, input))
}

// padded signs segments that kept their padding.
func padded(m *maker, alg, key string) string {
	pad := func(s string) string { return s + strings.Repeat("=", (4-len(s)%4)%4) }
	input := pad(b64.EncodeToString([]byte(Header(alg)+" "))) + "." + pad(b64.EncodeToString([]byte(m.claims().Payload()+" ")))
	return input + "." + pad(b64.EncodeToString(MAC(alg, key, input)))
}

func utf16le(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteByte(0)
	}
	return b.String()
}

func utf32le(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte(s[i])
		b.WriteString("\x00\x00\x00")
	}
	return b.String()
}
