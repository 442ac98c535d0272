// SPDX-License-Identifier: Apache-2.0

package simplejwt

import "bytes"

// MaxTokenSize is the length in bytes above which a token is refused unread. A
// token that travels in an HTTP header is far below it.
const MaxTokenSize = 64 << 10

// compact is a JWS in compact serialization (RFC 7515 section 7.1), still
// encoded.
type compact struct {
	header, payload, signature []byte
	signed                     []byte // header and payload with the dot between
}

// splitCompact cuts token at its two dots. Nothing is decoded or allocated.
func splitCompact(token []byte) (c compact, ok bool) {
	if len(token) > MaxTokenSize {
		return c, false
	}
	first := bytes.IndexByte(token, '.')
	if first < 0 {
		return c, false
	}
	second := bytes.IndexByte(token[first+1:], '.')
	if second < 0 {
		return c, false
	}
	second += first + 1
	if bytes.IndexByte(token[second+1:], '.') >= 0 {
		return c, false
	}
	return compact{
		header:    token[:first],
		payload:   token[first+1 : second],
		signature: token[second+1:],
		signed:    token[:second],
	}, true
}
