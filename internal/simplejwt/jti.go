// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"crypto/rand"
	"encoding/hex"
)

// AppendJTI appends a random jti to dst: 32 lower-case hex digits, a version 4
// UUID (RFC 9562 section 5.4) as Python's uuid4().hex.
func AppendJTI(dst []byte) []byte {
	var id [16]byte
	rand.Read(id[:])
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return hex.AppendEncode(dst, id[:])
}
