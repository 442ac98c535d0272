// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"slices"
	"strings"
)

// Claim is a member of a token's payload. Raw is its value as JSON text, which
// need not be valid.
type Claim struct{ Name, Raw string }

// Claims is a payload in its order.
type Claims []Claim

// With returns the claims with name set to raw: in its place, or at the end.
func (c Claims) With(name, raw string) Claims {
	out := slices.Clone(c)
	for i := range out {
		if out[i].Name == name {
			out[i].Raw = raw
			return out
		}
	}
	return append(out, Claim{name, raw})
}

// Without returns the claims but for those names.
func (c Claims) Without(names ...string) Claims {
	return slices.DeleteFunc(slices.Clone(c), func(m Claim) bool { return slices.Contains(names, m.Name) })
}

// Payload returns the claims as Python's json.dumps spells an object with
// separators=(",", ":").
func (c Claims) Payload() string {
	var b strings.Builder
	for i, m := range c {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(PyString(m.Name) + ":" + m.Raw)
	}
	return "{" + b.String() + "}"
}

var b64 = base64.RawURLEncoding

// Compact signs any header and any payload, valid or not. The algorithm is the
// one of the signature; what the header says is the caller's affair.
func Compact(algorithm, key, header, payload string) string {
	input := b64.EncodeToString([]byte(header)) + "." + b64.EncodeToString([]byte(payload))
	return input + "." + b64.EncodeToString(Signature(algorithm, key, input))
}

// MAC returns the HMAC that HS256, HS384 or HS512 names (RFC 7518 section 3.2).
func MAC(algorithm, key, input string) []byte {
	digest := map[string]func() hash.Hash{"HS256": sha256.New, "HS384": sha512.New384, "HS512": sha512.New}[algorithm]
	mac := hmac.New(digest, []byte(key))
	mac.Write([]byte(input))
	return mac.Sum(nil)
}

// Header is the JOSE header that PyJWT writes since 2.5.0.
func Header(algorithm string) string { return `{"alg":"` + algorithm + `","typ":"JWT"}` }

// Sign signs a payload as the profile's Django does.
func (p *Profile) Sign(payload string) string {
	return Compact(p.Algorithm, p.Key, Header(p.Algorithm), payload)
}
