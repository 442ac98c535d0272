// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"bytes"
	"encoding/base64"
	"slices"
)

// Unsigned reports whether none of the configured keys signed token, however leniently
// its signature is read. Then the backend refuses the token too, whatever else is odd
// about it. Python's base64 skips characters outside its alphabet, accepts both
// alphabets, ends at the padding and ignores leftover bits. A [KeySet] is not asked: if
// there is one, any signature may be good.
func (b *Backend) Unsigned(token []byte) bool {
	last := bytes.LastIndexByte(token, '.')
	if last < 0 || bytes.IndexByte(token[:last], '.') < 0 {
		return true
	}
	if b.ring.set != nil || len(token) > MaxTokenSize {
		return false
	}
	segment := token[last+1:]
	padded, _, _ := bytes.Cut(segment, []byte("="))
	for _, spelling := range [][]byte{segment, padded} {
		signature := lenient(spelling)
		verifies := func(k *Key) bool { return k.verify(token[:last], signature) }
		if slices.ContainsFunc(b.ring.keys, verifies) {
			return false
		}
	}
	return true
}

// lenient decodes as much of base64 as Python does.
func lenient(segment []byte) []byte {
	kept := make([]byte, 0, len(segment))
	for _, c := range segment {
		switch c {
		case '+':
			c = '-'
		case '/':
			c = '_'
		}
		if decodeTable[0][c] != badCharacter {
			kept = append(kept, c)
		}
	}
	if len(kept)%4 == 1 {
		kept = kept[:len(kept)-1]
	}
	decoded, _ := base64.RawURLEncoding.AppendDecode(nil, kept) // kept has only its alphabet
	return decoded
}
