// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// hostile is a token and the error that it must get; nil is for tokens that only look
// dangerous.
type hostile struct {
	name, token string
	want        error
}

func run(t *testing.T, b *Backend, tests []hostile) {
	t.Helper()
	var s Scratch
	for _, tt := range tests {
		if _, err := b.Refresh(t.Context(), &s, []byte(tt.token), testNow); !errors.Is(err, tt.want) {
			t.Errorf("%s: got %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestHostileHeader: a header that does not name exactly the configured algorithm, or
// that names an extension, is refused although the signature is good (RFC 8725 section
// 3.1, RFC 7515 section 4.1.11).
func TestHostileHeader(t *testing.T) {
	b := newBackend(t, "5.5", nil)
	var tests []hostile
	for header, want := range map[string]error{
		`{"alg":"HS256"}`:                           nil,
		`{"typ":"JWT","alg":"HS256"}`:               nil,
		` { "alg" : "HS256" , "x" : [{"y":null}] }`: nil,
		`{"\u0061lg":"HS2\u00356"}`:                 nil, // as JSON it is the same

		`{"alg":"none"}`:                     ErrInvalid,
		`{"alg":"None"}`:                     ErrInvalid,
		`{"alg":"nOnE"}`:                     ErrInvalid,
		`{"alg":""}`:                         ErrInvalid,
		`{"alg":"hs256"}`:                    ErrInvalid,
		`{"alg":"HS256 "}`:                   ErrInvalid,
		`{"alg":"HS256\u0000"}`:              ErrInvalid,
		`{"alg":"HS384"}`:                    ErrInvalid,
		`{"alg":"HS512"}`:                    ErrInvalid,
		`{"alg":"RS256"}`:                    ErrInvalid,
		`{"alg":["HS256"]}`:                  ErrInvalid,
		`{"alg":{"HS256":1}}`:                ErrInvalid,
		`{"alg":256}`:                        ErrInvalid,
		`{"alg":null}`:                       ErrInvalid,
		`{"typ":"JWT"}`:                      ErrInvalid,
		`{"Alg":"HS256"}`:                    ErrInvalid,
		`{"ALG":"HS256"}`:                    ErrInvalid,
		`{}`:                                 ErrInvalid,
		``:                                   ErrInvalid,
		`null`:                               ErrInvalid,
		`"HS256"`:                            ErrInvalid,
		`["alg","HS256"]`:                    ErrInvalid,
		`{"alg":"HS256"`:                     ErrInvalid,
		`{"alg":"HS256"}{}`:                  ErrInvalid,
		`{"alg":"HS256"}x`:                   ErrInvalid,
		`{"alg":"HS256",}`:                   ErrInvalid,
		`{"alg":"HS256","x":NaN}`:            ErrInvalid,
		"\uFEFF" + `{"alg":"HS256"}`:         ErrInvalid,
		"{\"alg\":\"HS256\",\"x\":\"\xff\"}": ErrInvalid,

		`{"alg":"HS256","alg":"HS256"}`:           ErrInvalid,
		`{"alg":"none","alg":"HS256"}`:            ErrInvalid,
		`{"alg":"HS256","\u0061lg":"HS256"}`:      ErrInvalid,
		`{"alg":"HS256","typ":"JWT","typ":"JWT"}`: ErrInvalid,
		`{"alg":"HS256","x":1,"x":1}`:             ErrInvalid,

		`{"alg":"HS256","crit":["exp"],"exp":1}`:           ErrInvalid,
		`{"alg":"HS256","crit":["unknown"]}`:               ErrInvalid,
		`{"alg":"HS256","crit":[]}`:                        ErrInvalid,
		`{"alg":"HS256","crit":"b64"}`:                     ErrInvalid,
		`{"alg":"HS256","crit":["b64"],"b64":true}`:        ErrInvalid,
		`{"alg":"HS256","crit":["b64","b64"],"b64":false}`: ErrInvalid,
		`{"alg":"HS256","b64":true}`:                       ErrInvalid,
		`{"alg":"HS256","b64":false}`:                      ErrInvalid,

		// SimpleJWT does not check the typ of a token.
		`{"alg":"HS256","typ":"at+jwt"}`:   nil,
		`{"alg":"HS256","typ":"dpop+jwt"}`: nil,
		`{"alg":"HS256","typ":"JWE"}`:      nil,
		`{"alg":"HS256","typ":7}`:          nil,

		// Keys in the token and places to fetch them from are ignored.
		`{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`:                                        nil,
		`{"alg":"HS256","jku":"http://127.0.0.1:1/jwks"}`:                                       nil,
		`{"alg":"HS256","x5u":"file:///etc/passwd","x5c":["AAAA"]}`:                             nil,
		`{"alg":"HS256","kid":"../../../../dev/null"}`:                                          nil,
		`{"alg":"HS256","kid":"' OR 1=1 --"}`:                                                   nil,
		`{"alg":"HS256","kid":"\u0000"}`:                                                        nil,
		`{"alg":"HS256","kid":"` + strings.Repeat("k", 40_000) + `"}`:                           nil,
		`{"alg":"HS256","kid":"` + strings.Repeat("k", 1<<20) + `"}`:                            ErrInvalid,
		`{"alg":"HS256","kid":7}`:                                                               ErrInvalid,
		`{"alg":"HS256","kid":{"a":1}}`:                                                         ErrInvalid,
		`{"alg":"HS256","kid":null}`:                                                            ErrInvalid,
		`{"alg":"HS256","kid":"a","kid":"a"}`:                                                   ErrInvalid,
		`{"alg":"HS256","x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`: ErrInvalid,
	} {
		tests = append(tests, hostile{header, signed(t, b.signingKey, header, goodClaims), want})
	}
	run(t, b, tests)
}

// TestHostileSignature: only the whole MAC with the configured key is good.
func TestHostileSignature(t *testing.T) {
	b := newBackend(t, "5.5", nil)
	good := signed(t, b.signingKey, withHeader(b.signingKey), goodClaims)
	dot := strings.LastIndexByte(good, '.') + 1
	mac, err := b64.DecodeString(good[dot:])
	if err != nil {
		t.Fatal(err)
	}
	resigned := func(mac []byte) string { return good[:dot] + b64.EncodeToString(mac) }
	flipped := append([]byte(nil), mac...)
	flipped[31] ^= 1
	others := func(secret string) string {
		key, err := NewKey("HS256", []byte(secret+strings.Repeat("\x00", 64)), false)
		if err != nil {
			t.Fatal(err)
		}
		return signed(t, key, withHeader(key), goodClaims)
	}
	run(t, b, []hostile{
		{"good", good, nil},
		{"none", good[:dot], ErrInvalid}, // CVE-2020-28042
		{"without its dot", good[:dot-1], ErrInvalid},
		{"one bit off", resigned(flipped), ErrInvalid},
		{"one byte short", resigned(mac[:31]), ErrInvalid},
		{"half", resigned(mac[:16]), ErrInvalid},
		{"one byte long", resigned(append(mac[:32:32], 0)), ErrInvalid},
		{"zeros", resigned(make([]byte, 32)), ErrInvalid},
		{"by the blank secret", others(""), ErrInvalid}, // CVE-2019-20933: an HMAC key is padded with zeros
		{"by another secret", others("x"), ErrInvalid},
		{"of another payload", strings.Replace(good, b64.EncodeToString([]byte(goodClaims)), b64.EncodeToString([]byte(claimsWith(`"x":1`))), 1), ErrInvalid},
		{"by a longer hash", func() string {
			key := testKey(t, "HS512")
			return signed(t, key, withHeader(b.signingKey), goodClaims)
		}(), ErrInvalid},
	})
}

// TestHostileFormat: a token has one spelling, and nothing but a compact
// serialization is one.
func TestHostileFormat(t *testing.T) {
	b := newBackend(t, "5.5", nil)
	good := signed(t, b.signingKey, withHeader(b.signingKey), goodClaims)
	parts := strings.Split(good, ".")
	ofSize := func(size int) string {
		payload := (size - len(parts[0]) - len(parts[2]) - len("..")) * 3 / 4
		more := strings.Repeat("x", payload-len(claimsWith(`"x":""`)))
		token := signed(t, b.signingKey, withHeader(b.signingKey), claimsWith(`"x":"`+more+`"`))
		if len(token) != size {
			t.Fatalf("%d bytes instead of %d", len(token), size)
		}
		return token
	}
	tests := []hostile{
		{"empty", "", ErrInvalid},
		{"as long as may be", ofSize(MaxTokenSize), nil},
		{"too long", ofSize(MaxTokenSize + 1), ErrInvalid},
		{"a dot", ".", ErrInvalid},
		{"two dots", "..", ErrInvalid},
		{"one dot", parts[0] + "." + parts[1], ErrInvalid},
		{"three dots", good + ".", ErrInvalid},
		{"three dots in front", "." + good, ErrInvalid},
		{"an inner dot", parts[0] + ".." + parts[1] + "." + parts[2], ErrInvalid},
		{"JWE", good + "." + parts[1] + "." + parts[2], ErrInvalid},
		{"no header", "." + parts[1] + "." + parts[2], ErrInvalid},
		{"no payload", parts[0] + ".." + parts[2], ErrInvalid},
		{"flattened JSON", `{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`, ErrInvalid},
		{"a million dots", strings.Repeat(".", 1_000_000), ErrInvalid}, // CVE-2025-30204
		{"too long", signed(t, b.signingKey, withHeader(b.signingKey), claimsWith(`"x":"`+strings.Repeat("x", MaxTokenSize)+`"`)), ErrInvalid},
		{"long", signed(t, b.signingKey, withHeader(b.signingKey), claimsWith(`"x":"`+strings.Repeat("x", MaxTokenSize/2)+`"`)), nil},
	}
	for i, segment := range []string{"header", "payload", "signature"} {
		for _, junk := range []string{"\n", "\r", "\r\n", " ", "\t", "=", "==", "+", "/", "\x00", "\u200b", "%", "A"} {
			for where, at := range map[string]int{"before": 0, "inside": 4, "behind": len(parts[i])} {
				changed := append([]string(nil), parts...)
				changed[i] = parts[i][:at] + junk + parts[i][at:]
				tests = append(tests, hostile{"junk " + where + " the " + segment, rejoined(t, b.signingKey, changed, i), ErrInvalid})
			}
		}
	}
	// Bits that belong to no byte: the segments are filled up to a length that has some.
	for filler := range 3 {
		header := `{"alg":"HS256","x":"` + strings.Repeat("x", filler) + `"}`
		payload := claimsWith(`"x":"` + strings.Repeat("x", filler) + `"`)
		full := strings.Split(signed(t, b.signingKey, header, payload), ".")
		for i := range full {
			for bit := range byte(4) {
				changed := append([]string(nil), full...)
				if changed[i] = withBits(full[i], bit); changed[i] != full[i] {
					tests = append(tests, hostile{"unused bits", rejoined(t, b.signingKey, changed, i), ErrInvalid})
				}
			}
		}
	}
	run(t, b, tests)
}

// rejoined joins segments, and signs them unless the changed one is the signature.
func rejoined(tb testing.TB, key *Key, parts []string, changed int) string {
	tb.Helper()
	if changed == 2 {
		return strings.Join(parts, ".")
	}
	token := []byte(parts[0] + "." + parts[1])
	signature, err := key.sign(nil, token)
	if err != nil {
		tb.Fatal(err)
	}
	return string(token) + "." + string(signature)
}

// withBits sets the lowest bits of segment's last character that belong to no byte.
func withBits(segment string, bits byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	unused := map[int]byte{0: 0, 2: 4, 3: 2}[len(segment)%4]
	last := strings.IndexByte(alphabet, segment[len(segment)-1])
	bits &= 1<<unused - 1
	return segment[:len(segment)-1] + alphabet[last|int(bits):last|int(bits)+1]
}

// TestHostilePayload: a payload is one plain JSON object in UTF-8 whose members
// are distinct.
func TestHostilePayload(t *testing.T) {
	b := newBackend(t, "5.5", nil)
	utf16le := func(s string) string {
		var out []byte
		for _, u := range utf16.Encode([]rune(s)) {
			out = append(out, byte(u), byte(u>>8))
		}
		return string(out)
	}
	var tests []hostile
	for payload, want := range map[string]error{
		goodClaims:                 nil,
		" \r\n" + goodClaims + " ": nil,

		``:                                   ErrInvalid,
		`null`:                               ErrInvalid,
		`[]`:                                 ErrInvalid,
		`[` + goodClaims + `]`:               ErrInvalid,
		`"` + `x` + `"`:                      ErrInvalid,
		`7`:                                  ErrInvalid,
		`true`:                               ErrInvalid,
		goodClaims + `{}`:                    ErrInvalid,
		goodClaims + `,`:                     ErrInvalid,
		goodClaims + "\x00":                  ErrInvalid,
		goodClaims[:len(goodClaims)-1]:       ErrInvalid,
		"\uFEFF" + goodClaims:                ErrInvalid,
		utf16le(goodClaims):                  ErrInvalid,
		"\xff\xfe" + utf16le(goodClaims):     ErrInvalid,
		claimsWith("\"x\":\"\xff\""):         ErrInvalid,
		claimsWith("\"x\":\"\xed\xa0\x80\""): ErrInvalid, // a surrogate in UTF-8
		claimsWith("\"x\":\"\n\""):           ErrInvalid,
		claimsWith(`"x":"\ud800"`):           nil,
		claimsWith(`'x':1`):                  ErrInvalid,
		claimsWith(`"x":01`):                 ErrInvalid,
		claimsWith(`"x":1,`):                 ErrInvalid,
		claimsWith(`"x":NaN`):                nil,
		claimsWith(`"x":1e400`):              nil,
		claimsWith(`"x":` + strings.Repeat("9", 4300)):                                         nil,
		claimsWith(`"x":` + strings.Repeat("9", 5000)):                                         ErrInvalid,
		claimsWith(`"x":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000)):         ErrInvalid,
		claimsWith(`"x":` + strings.Repeat(`{"a":`, 5_000) + `1` + strings.Repeat("}", 5_000)): ErrInvalid,

		// Members that occur twice, in one spelling or two (RFC 7519 section 4).
		claimsWith(`"exp":1767326645`):               ErrInvalid,
		claimsWith(`"\u0065xp":1`):                   ErrInvalid,
		claimsWith(`"token_type":"refresh"`):         ErrInvalid,
		claimsWith(`"x":1,"x":1`):                    ErrInvalid,
		claimsWith(`"é":1,"\u00e9":1`):               ErrInvalid,
		claimsWith(`"😀":1,"\ud83d\ude00":1`):         ErrInvalid,
		claimsWith(`"/":1,"\/":1`):                   ErrInvalid,
		claimsWith(`"":1`):                           nil,
		claimsWith(`"":1,"":1`):                      ErrInvalid,
		claimsWith(manyClaims(100) + `,"c7":0`):      ErrInvalid,
		claimsWith(manyClaims(100) + `,"\u00637":0`): ErrInvalid,
		claimsWith(manyClaims(100)):                  nil,
		claimsWith(manyClaims(2000)):                 nil,

		// Only the exact name counts: encoding/json would take the others too.
		`{"token_type":"refresh","EXP":1767326645,"jti":"1"}`:                     ErrNoExp,
		`{"token_type":"refresh","exp":1767326645,"JTI":"1"}`:                     ErrNoID,
		`{"Token_Type":"refresh","exp":1767326645,"jti":"1"}`:                     ErrNoType,
		`{"token_type":"refresh","exp ":1767326645,"jti":"1"}`:                    ErrNoExp,
		`{"token_type":"Refresh","exp":1767326645,"jti":"1"}`:                     ErrWrongType,
		claimsWith(`"Exp":1,"NBF":9999999999`):                                    nil,
		`{"t\u006fken_type":"r\u0065fresh","\u0065xp":1767326645,"jt\u0069":"1"}`: nil,

		// Numbers that no encoder of integers writes.
		`{"token_type":"refresh","exp":1.767326645e9,"jti":"1"}`:                            nil,
		`{"token_type":"refresh","exp":17673266450E-1,"jti":"1"}`:                           nil,
		`{"token_type":"refresh","exp":-0,"jti":"1"}`:                                       ErrExpired,
		`{"token_type":"refresh","exp":1e400,"jti":"1"}`:                                    ErrInvalid,
		`{"token_type":"refresh","exp":-1e400,"jti":"1"}`:                                   ErrInvalid,
		`{"token_type":"refresh","exp":1e-400,"jti":"1"}`:                                   ErrExpired,
		`{"token_type":"refresh","exp":` + strings.Repeat("9", 4000) + `,"jti":"1"}`:        ErrInvalid,
		`{"token_type":"refresh","exp":-` + strings.Repeat("9", 4000) + `,"jti":"1"}`:       ErrExpired,
		`{"token_type":"refresh","exp":"` + strings.Repeat("9", 5000) + `","jti":"1"}`:      ErrInvalid,
		claimsWith(`"nbf":-` + strings.Repeat("9", 4000)):                                   nil,
		`{"token_type":"refresh","exp":253402300799,"iat":1,"jti":"far beyond a lifetime"}`: nil,

		// Text that would be dangerous elsewhere is harmless here.
		claimsWith(`"x":"a\r\nX-Injected: 1","{redis}":"'; DROP TABLE","user":"\u0000"`):       nil,
		`{"token_type":"refresh","exp":1767326645,"jti":"{a}\r\n '\u0000"}`:                    nil,
		`{"token_type":"refresh","exp":1767326645,"jti":"` + strings.Repeat("j", 1<<20) + `"}`: ErrInvalid,
	} {
		tests = append(tests, hostile{payload[:min(len(payload), 120)], signed(t, b.signingKey, withHeader(b.signingKey), payload), want})
	}
	run(t, b, tests)
}

func manyClaims(n int) string {
	var s strings.Builder
	for i := range n {
		if i > 0 {
			s.WriteByte(',')
		}
		fmt.Fprintf(&s, `"c%d":0`, i)
	}
	return s.String()
}
