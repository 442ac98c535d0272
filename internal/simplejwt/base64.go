// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"encoding/base64"
	"encoding/binary"
	"slices"
)

// b64 is base64url without padding (RFC 7515 section 2), with the unused bits of
// the last character zero, so that a token has one spelling only.
var b64 = base64.RawURLEncoding.Strict()

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

// encodeTable holds the two characters of each 12 bits, the first one in the low
// byte.
var encodeTable = func() (table [1 << 12]uint16) {
	for i := range table {
		table[i] = uint16(alphabet[i>>6]) | uint16(alphabet[i&63])<<8
	}
	return table
}()

// badCharacter marks what is not in the alphabet. The other values are below it.
const badCharacter = 1 << 24

// decodeTable holds the bits that a character adds to the 24 bits of a group of four,
// by its place in the group.
var decodeTable = func() (table [4][256]uint32) {
	for place := range table {
		for c := range table[place] {
			table[place][c] = badCharacter
		}
		for value, c := range []byte(alphabet) {
			table[place][c] = uint32(value) << (18 - 6*place)
		}
	}
	return table
}()

// appendEncoded appends what b64 makes of data. It is twice as fast.
func appendEncoded(dst, data []byte) []byte {
	start, size := len(dst), b64.EncodedLen(len(data))
	dst = slices.Grow(dst, size)[:start+size]
	rest := dst[start:]
	for len(data) >= 8 {
		bits := binary.BigEndian.Uint64(data) // six of these bytes become eight characters
		binary.LittleEndian.PutUint64(rest, uint64(encodeTable[bits>>52])|
			uint64(encodeTable[bits>>40&0xFFF])<<16|
			uint64(encodeTable[bits>>28&0xFFF])<<32|
			uint64(encodeTable[bits>>16&0xFFF])<<48)
		data, rest = data[6:], rest[8:]
	}
	b64.Encode(rest, data)
	return dst
}

// appendDecoded appends the bytes that segment encodes to dst. It takes the one
// canonical spelling only: encoding/base64 skips line breaks, RFC 7515 does not.
func appendDecoded(dst, segment []byte) ([]byte, bool) {
	start, size := len(dst), b64.DecodedLen(len(segment))
	dst = slices.Grow(dst, size)[:start+size]
	rest := dst[start:]
	bad := uint32(0)
	for len(rest) >= 8 { // room for 11 characters; eight of them become six bytes
		s := segment[:8]
		high := decodeTable[0][s[0]] | decodeTable[1][s[1]] | decodeTable[2][s[2]] | decodeTable[3][s[3]]
		low := decodeTable[0][s[4]] | decodeTable[1][s[5]] | decodeTable[2][s[6]] | decodeTable[3][s[7]]
		bad |= high | low
		binary.BigEndian.PutUint64(rest, uint64(high)<<40|uint64(low)<<16)
		segment, rest = segment[8:], rest[6:]
	}
	n, err := b64.Decode(rest, segment)
	if bad >= badCharacter || err != nil || n != len(rest) || len(segment)%4 == 1 {
		return dst[:start], false
	}
	return dst, true
}
