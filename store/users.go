// SPDX-License-Identifier: Apache-2.0

package store

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

// PasswordMark returns the mark that SimpleJWT writes into the tokens of a user with
// this stored password hash: MD5 in upper-case hex (get_md5_hash_password in
// rest_framework_simplejwt/utils.py). It is a mark of change, not a secret.
func PasswordMark(passwordHash string) string {
	sum := md5.Sum([]byte(passwordHash))
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
