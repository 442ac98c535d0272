// SPDX-License-Identifier: Apache-2.0

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

const (
	// MaxJTI is the longest jti a store takes, in bytes: the width of the
	// column jti in Django's token_blacklist tables.
	MaxJTI = 255

	// MaxStep is the last step of a session. Its token has no successor. At one
	// rotation a second a session gets there after eight years.
	MaxStep = 1<<(4*stepSize) - 1
)

// The layout of a derived jti: 32 lower-case hex digits that are a UUID of
// version 8 (RFC 9562 section 5.8, which leaves the rest to its maker).
//
//	session[0:12] 8 session[12:15] 8 session[15:20] step check
const (
	jtiSize     = 32
	sessionSize = 20
	slotSize    = 4
	stepSize    = 7
	checkSize   = 3

	versionAt = 12
	variantAt = 16
	stepAt    = 22
	checkAt   = stepAt + stepSize
)

const (
	rootDomain  = "caddyrefresh/session/v1\x00"
	checkDomain = "caddyrefresh/check/v1\x00"
)

// Place is where a token stands: the session it belongs to, and its step in it.
// The token of a login is step 0, its successor step 1, and so on.
type Place struct {
	// Session is 20 lower-case hex digits. It is the same for all tokens of a
	// session. Two of 300 million sessions that are alive at once share it with
	// a probability of 4e-8 in all, since 80 bits of it are drawn or hashed.
	Session string

	// Step is at most MaxStep.
	Step uint32
}

// Locate reads the place of a token off its jti. A jti that [Successor] made
// carries it. Any other is the root of a session: its first four characters, or
// four digits of its SHA-256, are the session's slot, and 16 more digits of
// SHA-256 follow.
//
// Only the holder of the signing key can put a jti into a token, so nobody else can
// claim a place in a session.
func Locate(jti string) Place {
	session, step := locate(jti)
	return Place{Session: string(session[:]), Step: step}
}

func locate(jti string) (session [sessionSize]byte, step uint32) {
	if step = derivedStep(jti); step > 0 {
		n := copy(session[:], jti[:versionAt])
		n += copy(session[n:], jti[versionAt+1:variantAt])
		copy(session[n:], jti[variantAt+1:stepAt])
		return session, step
	}
	var in [len(rootDomain) + MaxJTI]byte
	sum := sha256.Sum256(append(append(in[:0], rootDomain...), jti...))
	hex.Encode(session[slotSize:], sum[:(sessionSize-slotSize)/2])
	// The first digits of what Django draws (UUIDs of version 4) are random.
	// Those of other ids may be a date or a constant, which would pile all
	// sessions up in one slot.
	if len(jti) == jtiSize && jti[versionAt] == '4' && isLowerHex(jti) {
		copy(session[:slotSize], jti)
	} else {
		hex.Encode(session[:slotSize], sum[len(sum)-slotSize/2:])
	}
	return session, 0
}

// derivedStep returns the step in a jti that Successor made, 0 for any other.
func derivedStep(jti string) (step uint32) {
	if len(jti) != jtiSize || jti[versionAt] != '8' || jti[variantAt] != '8' || !isLowerHex(jti) {
		return 0
	}
	if check := checkOf(jti); string(check[:]) != jti[checkAt:] {
		return 0
	}
	for _, c := range []byte(jti[stepAt:checkAt]) {
		step = step<<4 | uint32(digit(c))
	}
	return step
}

// Successor returns the jti of the token that replaces the token jti, computed
// from jti alone and so alike on every edge. It is empty where jti stands at
// MaxStep: that session has to begin anew with a login.
func Successor(jti string) string {
	session, step := locate(jti)
	if step == MaxStep {
		return ""
	}
	var out [jtiSize]byte
	appendPrefix(out[:0], session[:])
	const digits = "0123456789abcdef"
	for i, rest := checkAt-1, step+1; i >= stepAt; i-- {
		out[i], rest = digits[rest&15], rest>>4
	}
	check := checkOf(string(out[:checkAt]))
	copy(out[checkAt:], check[:])
	return string(out[:])
}

// Prefix returns what every derived jti of the session begins with: 22 digits.
func (p Place) Prefix() string {
	var out [stepAt]byte
	return string(appendPrefix(out[:0], []byte(p.Session)))
}

// Slot returns the first four digits of the session, by which a store that is
// spread over machines keeps a session together.
func (p Place) Slot() string { return p.Session[:slotSize] }

func appendPrefix(dst, session []byte) []byte {
	dst = append(dst, session[:versionAt]...)
	dst = append(dst, '8')
	dst = append(dst, session[versionAt:variantAt-1]...)
	dst = append(dst, '8')
	return append(dst, session[variantAt-1:]...)
}

// checkOf returns the check digits of a derived jti: the first of SHA-256 over
// what stands before them. They keep a UUID of version 8 that somebody else made
// from being taken for one of ours.
func checkOf(jti string) (check [checkSize]byte) {
	var in [len(checkDomain) + checkAt]byte
	sum := sha256.Sum256(append(append(in[:0], checkDomain...), jti[:checkAt]...))
	var digits [checkSize + 1]byte
	hex.Encode(digits[:], sum[:len(digits)/2])
	copy(check[:], digits[:])
	return check
}

func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// digit returns the value of a lower-case hex digit.
func digit(c byte) byte {
	if c >= 'a' {
		return c - 'a' + 10
	}
	return c - '0'
}

// ValidJTI returns ErrInvalidJTI unless jti is 1 to 255 bytes without NUL.
func ValidJTI(jti string) error {
	if jti == "" || len(jti) > MaxJTI || strings.IndexByte(jti, 0) >= 0 {
		return ErrInvalidJTI
	}
	return nil
}
