// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// header holds the members of a JOSE header that are used (RFC 7515 section 4). Members
// that name a key or a place to fetch one (jwk, jku, x5c, x5u) are ignored.
type header struct {
	algorithm []byte // alg
	keyID     []byte // kid, nil where there is none
}

// writeHeader returns the encoded header of a token. PyJWT sorts the members,
// unless typ comes first as in its old releases (api_jws.py, encode).
func writeHeader(algorithm, keyID string, typeFirst bool) string {
	const typ = `"typ":"JWT"`
	members := []string{`"alg":"` + algorithm + `"`}
	if keyID != "" {
		members = append(members, string(pyjson.AppendQuote([]byte(`"kid":`), keyID)))
	}
	if typeFirst {
		members = append([]string{typ}, members...)
	} else {
		members = append(members, typ)
	}
	return b64.EncodeToString([]byte("{" + strings.Join(members, ",") + "}"))
}

// parseHeader reads the decoded header. It refuses duplicate members, crit (no extension
// is supported here, RFC 7515 section 4.1.11), b64 (RFC 7797 section 6 requires crit
// with it), and an alg or a kid that is not a string.
func parseHeader(decoded []byte) (h header, ok bool) {
	if !utf8.Valid(decoded) {
		return h, false
	}
	var (
		few [8]claim
		all = few[:0]
	)
	var members pyjson.Members
	members.Reset(decoded, pyjson.Strict)
	for members.Next() {
		m := memberOf(&members)
		all = append(all, m)
		switch string(m.plainName()) {
		case "alg":
			if !m.isString() {
				return h, false
			}
			h.algorithm = m.plainValue()
		case "kid":
			if !m.isString() {
				return h, false
			}
			h.keyID = m.plainValue()
		case "crit", "b64":
			return h, false
		}
	}
	return h, members.Err() == nil && h.algorithm != nil && !hasDuplicates(all)
}
