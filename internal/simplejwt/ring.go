// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"context"
	"crypto"
	"fmt"
	"slices"
)

// KeySet knows verifying keys by their kid (RFC 7515 section 4.1.4). It is asked
// about each token that none of the configured keys verifies.
type KeySet interface {
	// Key returns the key that kid names, or nil if there is none. It returns an error
	// if it cannot find out. Key must be safe for concurrent use, and bound the time it
	// takes.
	Key(ctx context.Context, kid string) (*Key, error)
}

// ring holds the keys that tokens are verified with.
type ring struct {
	keys      []*Key // the one that goes with the signing key first
	set       KeySet
	algorithm string // of the keys of set

	// known holds the headers that SimpleJWT and this package write, so that they
	// are compared instead of parsed.
	known [2]struct {
		segment string
		header  header
	}
}

// newRing checks that the keys of c go together.
func newRing(c *Config) (ring, error) {
	algorithm := c.SigningKey.algorithm
	r := ring{set: c.KeySet, algorithm: algorithm}
	for i, kid := range []string{"", c.KeyID} {
		r.known[i].segment = writeHeader(algorithm, kid, c.Release.PyJWT.TypeFirst)
		r.known[i].header.algorithm = []byte(algorithm)
		if kid != "" {
			r.known[i].header.keyID = []byte(kid)
		}
	}
	switch {
	case c.KeySet != nil && Symmetric(algorithm):
		return r, fmt.Errorf("%w for a key set: %s tokens are verified with the signing key; "+
			"delete the URL of the key set, or name an asymmetric algorithm", ErrAlgorithm, algorithm)
	case c.KeySet != nil && c.VerifyingKey != nil:
		return r, fmt.Errorf("%w: a key set takes the place of the verifying key; delete one of the two", ErrKeyPair)
	case c.KeySet != nil:
	case c.VerifyingKey == nil:
		r.keys = append(r.keys, c.SigningKey)
	case c.VerifyingKey.algorithm != algorithm || !samePublic(c.VerifyingKey, c.SigningKey):
		return r, fmt.Errorf("%w, so no token that is signed here would be accepted: "+
			"delete the verifying key, it is computed from the signing key", ErrKeyPair)
	default:
		r.keys = append(r.keys, c.VerifyingKey)
	}
	r.keys = append(r.keys, c.PreviousKeys...)
	if slices.Contains(r.keys, nil) {
		return r, fmt.Errorf("a previous key is missing")
	}
	return r, nil
}

// Same reports whether the two keys verify the same tokens.
func (k *Key) Same(other *Key) bool {
	if k.algorithm != other.algorithm {
		return false
	}
	if k.public != nil {
		return samePublic(k, other)
	}
	// A key has no field for its secret, so compare the MACs that they make.
	return other.verify(probe, k.proof)
}

// probe is the text that a secret signs, so that two can be compared.
var probe = []byte("probe")

// samePublic reports whether two keys have one public half.
func samePublic(a, b *Key) bool {
	public, ok := a.public.(interface{ Equal(crypto.PublicKey) bool })
	return ok && public.Equal(b.public)
}

// authenticate returns nil if the signature of c is that of a key whose
// algorithm c's header names, [ErrInvalid] if there is no such key, and an error
// that wraps [ErrUnavailable] if it cannot know.
//
// A key verifies by its own algorithm only, so the header chooses among keys and
// never how a key is used (RFC 8725 section 3.1).
func (r *ring) authenticate(ctx context.Context, s *Scratch, c *compact) error {
	h, ok := r.header(s, c.header)
	if !ok {
		return errStricter
	}
	if s.signature, ok = appendDecoded(s.signature[:0], c.signature); !ok {
		return errStricter
	}
	for _, key := range r.keys {
		if string(h.algorithm) == key.algorithm && key.verify(c.signed, s.signature) {
			return nil
		}
	}
	if r.set == nil || h.keyID == nil || string(h.algorithm) != r.algorithm {
		return ErrInvalid
	}
	key, err := r.set.Key(ctx, string(h.keyID))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case key == nil || key.algorithm != r.algorithm:
		return errStricter // Django may accept a key that is ignored here
	case !key.verify(c.signed, s.signature):
		return ErrInvalid
	default:
		return nil
	}
}

// header reads an encoded header. The result lives as long as s.decoded stays.
func (r *ring) header(s *Scratch, segment []byte) (h header, ok bool) {
	for i := range r.known {
		if string(segment) == r.known[i].segment {
			return r.known[i].header, true
		}
	}
	if s.decoded, ok = appendDecoded(s.decoded[:0], segment); !ok {
		return h, false
	}
	return parseHeader(s.decoded)
}
