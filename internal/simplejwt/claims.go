// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
)

// claim is one member of a token's payload, as the raw spans that it came in.
type claim struct {
	name    []byte // without the quotes, escapes as they were
	value   []byte
	escaped bool // the name has escapes
}

// claims is a payload in its own order (RFC 7519 section 4). The pointers lead to the
// claims that the checks need, and are nil for an absent claim. They and the spans are
// valid until the next parse.
type claims struct {
	all []claim

	tokenType, jti, userID   *claim // by the names that the configuration gives
	exp, iat, nbf            *claim
	iss, aud, sub, literalID *claim // literalID is the claim that is named jti

	sessionStart, revokeMark *claim // see session.go and user.go

	expires, issued, notBefore numericDate // the values of exp, iat and nbf
}

// parse reads payload, a JSON object of distinct member names (RFC 7519 section
// 4 lets a parser refuse duplicates). Like Python it takes NaN and Infinity as
// values; it refuses a byte order mark and any encoding but UTF-8.
func (c *claims) parse(payload []byte, n *names) bool {
	if !utf8.Valid(payload) {
		return false
	}
	var members pyjson.Members
	members.Reset(payload, pyjson.Constants)
	all := c.all[:0]
	for members.Next() {
		all = append(all, claim{name: members.Key(), value: members.Value(), escaped: members.KeyEscaped()})
	}
	if n.collapse {
		all = collapsed(all)
	}
	c.all = all
	if members.Err() != nil || hasDuplicates(c.all) {
		return false
	}
	for i := range c.all {
		c.file(&c.all[i], n)
	}
	return true
}

// unreadable returns the error for a payload that parse refused. Python is certain to
// refuse it too only if it is not JSON in any encoding or at any depth of nesting.
func unreadable(payload []byte) error {
	if !utf8.Valid(payload) || bytes.IndexByte(payload, 0) >= 0 || bytes.HasPrefix(payload, []byte("\uFEFF")) {
		return errStricter
	}
	var members pyjson.Members
	members.Reset(payload, pyjson.Constants)
	for members.Next() {
	}
	if fault, ok := errors.AsType[*pyjson.SyntaxError](members.Err()); ok && !fault.TooDeep {
		return ErrInvalid
	}
	return errStricter
}

func memberOf(m *pyjson.Members) claim {
	return claim{name: m.Key(), value: m.Value(), escaped: m.KeyEscaped()}
}

// file sets the fields of c that lead to m, by m's name.
func (c *claims) file(m *claim, n *names) {
	name := m.plainName()
	switch string(name) {
	case "exp":
		c.exp, c.expires = m, parseNumericDate(m.value)
	case "iat":
		c.iat, c.issued = m, parseNumericDate(m.value)
	case "nbf":
		c.nbf, c.notBefore = m, parseNumericDate(m.value)
	case "iss":
		c.iss = m
	case "aud":
		c.aud = m
	case "sub":
		c.sub = m
	case "jti":
		c.literalID = m
	case SessionStartClaim:
		c.sessionStart = m
	}
	if string(name) == n.tokenType {
		c.tokenType = m
	}
	if string(name) == n.jti {
		c.jti = m
	}
	if string(name) == n.userID {
		c.userID = m
	}
	if string(name) == n.revokeMark {
		c.revokeMark = m
	}
}

// plainName returns the name with its escapes resolved; only a name that has
// any costs an allocation.
func (m *claim) plainName() []byte {
	if !m.escaped {
		return m.name
	}
	return pyjson.Unescape(nil, m.name)
}

// hasNameOf reports whether the two are claims of one name.
func (m *claim) hasNameOf(other *claim) bool {
	if !m.escaped && !other.escaped {
		return string(m.name) == string(other.name)
	}
	return pyjson.EqualText(m.name, other.name)
}

// is reports whether the value is the JSON string s.
func (m *claim) is(s string) bool { return m.isString() && string(m.plainValue()) == s }

// plainValue returns the value of a string without its quotes and escapes.
func (m *claim) plainValue() []byte { return plain(m.value[1 : len(m.value)-1]) }

func (m *claim) isString() bool { return pyjson.KindOf(m.value) == pyjson.String }

// plainText returns the value of a string, or the JSON text of any other value: the
// canonical form under which the user ids 1 and "1" are one user.
func (m *claim) plainText() []byte {
	switch {
	case m == nil:
		return nil
	case m.isString():
		return m.plainValue()
	default:
		return m.value
	}
}

func (m *claim) text() string { return string(m.plainText()) }

// plain returns what stands between the quotes of a string, unescaped.
func plain(raw []byte) []byte {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	return pyjson.Unescape(nil, raw)
}

// fewClaims is up to how many claims comparing all pairs of names is cheaper than a map.
const fewClaims = 24

func hasDuplicates(all []claim) bool {
	if len(all) > fewClaims {
		seen := make(map[string]struct{}, len(all))
		for i := range all {
			seen[string(all[i].plainName())] = struct{}{}
		}
		return len(seen) != len(all)
	}
	var seen uint64
	for i := range all {
		bit := all[i].nameBit()
		if seen&bit != 0 {
			for j := range i {
				if all[i].hasNameOf(&all[j]) {
					return true
				}
			}
		}
		seen |= bit
	}
	return false
}

// nameBit returns a set of bits. Claims of one name have a bit in common; if two sets
// have none in common, the names differ.
func (m *claim) nameBit() uint64 {
	if m.escaped || len(m.name) == 0 {
		return 1<<64 - 1
	}
	return 1 << ((uint(len(m.name)) + 7*uint(m.name[0]) + 13*uint(m.name[len(m.name)-1])) % 64)
}
