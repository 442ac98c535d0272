// SPDX-License-Identifier: Apache-2.0

package login

import (
	"bytes"
	"encoding/hex"
)

const (
	// headerStart is how the header of each token begins that PyJWT or the edge
	// writes: it is the base64url of {" (RFC 7515 section 3.3).
	headerStart = "eyJ"

	// maxHeader is the length in bytes of the longest encoded header that is looked
	// for. It bounds the work for a text that is all headers.
	maxHeader = 512
)

// signatureLengths are the lengths in bytes of encoded signatures: of HS256, HS384, HS512
// and EdDSA and ES256, ES384, ES512, and of RSA with 2048, 3072 and 4096 bits (RFC 7518
// section 3.1).
var signatureLengths = []int{43, 64, 86, 128, 176, 342, 512, 683}

// find reports whether text has a JWT for which is says true, however the text spells
// it: plain, percent-encoded, with the escapes of JSON and JavaScript, or in UTF-16.
// The time it takes grows with the length of text.
func find(text []byte, is func(token []byte) bool) bool {
	if findPlain(text, is) {
		return true
	}
	if bytes.IndexByte(text, '%') < 0 && bytes.IndexByte(text, '\\') < 0 && bytes.IndexByte(text, 0) < 0 {
		return false
	}
	return findPlain(unescape(text), is)
}

// findPlain is find for tokens without escapes.
func findPlain(text []byte, is func(token []byte) bool) bool {
	for len(text) > 0 {
		end := 0
		for end < len(text) && isTokenByte(text[end]) {
			end++
		}
		if findInRun(text[:end], is) {
			return true
		}
		text = text[min(end+1, len(text)):]
	}
	return false
}

// findInRun looks at three segments at a time of a run of base64url and dots. Other text
// may stand right before a token, as in session_eyJ, so each place is tried where
// a header could begin; and right behind it, so each length is tried that a signature
// could have.
func findInRun(run []byte, is func(token []byte) bool) bool {
	for {
		header := bytes.IndexByte(run, '.')
		if header < 0 {
			return false
		}
		payload := bytes.IndexByte(run[header+1:], '.')
		if payload < 0 {
			return false
		}
		end := header + 1 + payload + 1
		if signature := bytes.IndexByte(run[end:], '.'); signature >= 0 {
			end += signature
		} else {
			end = len(run)
		}
		from := max(0, header-maxHeader)
		for {
			next := bytes.Index(run[from:header], []byte(headerStart))
			if next < 0 {
				break
			}
			if isBeginning(run[from+next:end], header+1+payload+1-from-next, is) {
				return true
			}
			from += next + 1
		}
		run = run[header+1:]
	}
}

// isBeginning reports whether text is a token or begins with one. Its signature is behind
// the first before bytes.
func isBeginning(text []byte, before int, is func(token []byte) bool) bool {
	if is(text) {
		return true
	}
	for _, length := range signatureLengths {
		if before+length < len(text) && is(text[:before+length]) {
			return true
		}
	}
	return false
}

// isTokenByte reports whether a JWT may contain c.
func isTokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

// unescape returns text with a byte for each escape of one: %2D, also where the percent
// sign is itself escaped; \u002d and \x2d, behind any number of backslashes. It leaves
// out zero bytes, which UTF-16 has between the letters. Other escapes become a
// space.
func unescape(text []byte) []byte {
	plain := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case 0:
			i++
		case '%':
			i++
			digits := text[i:]
			for bytes.HasPrefix(digits, []byte("25")) && isHex(digits[2:]) {
				digits = digits[2:]
			}
			value, n := unhex(digits)
			if n > 0 {
				i = len(text) - len(digits) + n
			}
			plain = append(plain, value)
		case '\\':
			for i < len(text) && text[i] == '\\' {
				i++
			}
			value, n := escape(text[i:])
			plain = append(plain, value)
			i += n
		default:
			plain = append(plain, c)
			i++
		}
	}
	return plain
}

// escape returns the byte for which the escape stands that text begins with, behind its
// backslash, and the length of the escape: a space and 0 if there is none.
func escape(text []byte) (value byte, length int) {
	for _, mark := range []string{"u00", "x"} {
		if digits, found := bytes.CutPrefix(text, []byte(mark)); found {
			if value, n := unhex(digits); n > 0 {
				return value, len(mark) + n
			}
		}
	}
	return ' ', 0
}

// unhex returns the byte for which the two digits stand that text begins with, and their
// number: a space and 0 if there are none.
func unhex(text []byte) (value byte, length int) {
	var b [1]byte
	if len(text) < 2 {
		return ' ', 0
	}
	if _, err := hex.Decode(b[:], text[:2]); err != nil {
		return ' ', 0
	}
	return b[0], 2
}

func isHex(text []byte) bool {
	_, n := unhex(text)
	return n > 0
}
