// SPDX-License-Identifier: Apache-2.0

package simplejwt

import "github.com/caddyrefresh/caddyrefresh/internal/pyjson"

// keptBytes is the size up to which a buffer is worth keeping for the next
// token.
const keptBytes = 16 << 10

// keptClaims is how many claims there is memory kept for.
const keptClaims = 64

// Scratch is the memory for working on one token at a time. Its zero value is ready;
// using it again saves the allocations.
type Scratch struct {
	decoded   []byte // the payload; the claims are spans of it
	signature []byte
	payload   []byte // the one that is being written
	access    []byte
	refresh   []byte
	claims    claims
}

// JTI returns the jti of the last token whose signature was good, or nothing if it had
// none. The text is part of s.
func (s *Scratch) JTI() []byte { return s.claims.jti.plainText() }

// UserID returns the user id of the last token whose signature was good, or nothing if
// it had none. The text is the same for 1 and "1". It is part of s.
func (s *Scratch) UserID() []byte { return s.claims.userID.plainText() }

// ExpiresAt returns the exp of the last token that was verified without an error, in
// seconds since 1970.
func (s *Scratch) ExpiresAt() int64 { return s.claims.expires.seconds }

// UserIDStr returns the user id as Python's str does, or "" if the token had none.
func (s *Scratch) UserIDStr() string {
	if s.claims.userID == nil {
		return ""
	}
	return pyjson.Str(s.claims.userID.value)
}

// Trim forgets the last token and releases memory that an unusually large one took, so
// that a pool of scratches stays small.
func (s *Scratch) Trim() {
	if cap(s.claims.all) > keptClaims {
		s.claims.all = nil
	}
	s.claims = claims{all: s.claims.all[:0]}
	for _, b := range []*[]byte{&s.decoded, &s.signature, &s.payload, &s.access, &s.refresh} {
		if cap(*b) > keptBytes {
			*b = nil
		}
	}
}
