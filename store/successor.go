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

	successorSize   = 32 // uuid4().hex, which is what SimpleJWT draws
	slotSize        = 4
	successorDomain = "caddyrefresh/successor/v1\x00"
)

// Successor returns the jti of the token that replaces the token jti:
//
//	slot(jti) || hex(SHA-256("caddyrefresh/successor/v1" || 0x00 || jti))[:28]
//
// It is 32 lower-case hex digits, the shape of Python's uuid4().hex, and the
// same on every edge. Nobody learns a jti from its successor.
func Successor(jti string) string {
	var in [len(successorDomain) + MaxJTI]byte
	sum := sha256.Sum256(append(append(in[:0], successorDomain...), jti...))
	var out [successorSize]byte
	hex.Encode(out[slotSize:], sum[:(successorSize-slotSize)/2])
	slot := slotOf(jti)
	copy(out[:], slot[:])
	return string(out[:])
}

// Slot returns the first four characters of jti where they are lower-case hex
// digits, else those of hex(SHA-256(jti)). All tokens of a session have the
// same slot, so a store that is spread over machines keeps a session together
// by it.
func Slot(jti string) string {
	slot := slotOf(jti)
	return string(slot[:])
}

func slotOf(jti string) (slot [slotSize]byte) {
	if len(jti) >= slotSize && isLowerHex(jti[:slotSize]) {
		copy(slot[:], jti)
		return slot
	}
	sum := sha256.Sum256([]byte(jti))
	hex.Encode(slot[:], sum[:slotSize/2])
	return slot
}

func isLowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// ValidJTI returns ErrInvalidJTI unless jti is 1 to 255 bytes without NUL.
func ValidJTI(jti string) error {
	if jti == "" || len(jti) > MaxJTI || strings.IndexByte(jti, 0) >= 0 {
		return ErrInvalidJTI
	}
	return nil
}
