// SPDX-License-Identifier: Apache-2.0

package drf

import (
	"bytes"
	"encoding/base64"
)

// decodeBase64 is Python's base64.b64decode. Unless strict is set, it skips characters
// outside the alphabet and ends at a complete padding (binascii.a2b_base64). It fails if
// the padding is wrong for Python.
func decodeBase64(src []byte, strict bool) ([]byte, bool) {
	if strict {
		dst := make([]byte, base64.StdEncoding.DecodedLen(len(src)))
		n, err := base64.StdEncoding.Decode(dst, src)
		// encoding/base64 skips line breaks.
		return dst[:n], err == nil && !bytes.ContainsAny(src, "\r\n")
	}
	dst := make([]byte, 0, len(src)/4*3+3)
	var bits uint32
	quad, pads := 0, 0
	for _, c := range src {
		var six byte
		switch {
		case c == '=':
			if quad < 2 {
				continue
			}
			if pads++; quad+pads >= 4 {
				return dst, true
			}
			continue
		case c-'A' < 26:
			six = c - 'A'
		case c-'a' < 26:
			six = c - 'a' + 26
		case c-'0' < 10:
			six = c - '0' + 52
		case c == '+':
			six = 62
		case c == '/':
			six = 63
		default:
			continue
		}
		pads = 0
		bits = bits<<6 | uint32(six)
		switch quad {
		case 1:
			dst = append(dst, byte(bits>>4))
		case 2:
			dst = append(dst, byte(bits>>2))
		case 3:
			dst = append(dst, byte(bits))
		}
		quad = (quad + 1) % 4
	}
	return dst, quad == 0
}
