// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// keyKind is what user ids are in the database.
type keyKind uint8

const (
	integerKey keyKind = iota
	uuidKey            // a native column
	hexKey             // a UUID as 32 hex digits, for databases without a native type
	textKey
)

// cast is the type that PostgreSQL is told a user id has.
func (k keyKind) cast() string {
	switch k {
	case integerKey:
		return "bigint"
	case uuidKey, hexKey:
		return "uuid"
	default:
		return "text"
	}
}

// value makes a key of a token's user id, as get_prep_value of Django's field
// does, or says that it is none. A nil value matches no row.
func (k keyKind) value(u store.User) (any, store.UserState) {
	switch {
	case u.Kind == store.NoUser:
		return nil, store.UserUnseen
	case u.Kind == store.OtherUser || !utf8.ValidString(u.ID) || strings.IndexByte(u.ID, 0) >= 0:
		return nil, store.UserBadID
	}
	switch k {
	case integerKey:
		n, err := strconv.ParseInt(strings.TrimSpace(u.ID), 10, 64)
		if err != nil {
			return nil, store.UserBadID
		}
		return n, store.UserUnseen
	case uuidKey, hexKey:
		digits, ok := uuidDigits(u)
		if !ok {
			return nil, store.UserBadUUID
		}
		if k == uuidKey {
			digits = digits[:8] + "-" + digits[8:12] + "-" + digits[12:16] + "-" + digits[16:20] + "-" + digits[20:]
		}
		return digits, store.UserUnseen
	default:
		return u.ID, store.UserUnseen
	}
}

// uuidDigits reads a UUID as Python's uuid.UUID(hex=...) does, which takes off a
// prefix, braces and hyphens anywhere, and an integer as UUID(int=...).
func uuidDigits(u store.User) (string, bool) {
	if u.Kind == store.IntegerUser {
		n, ok := new(big.Int).SetString(u.ID, 10)
		if !ok || n.Sign() < 0 || n.BitLen() > 128 {
			return "", false
		}
		return hex.EncodeToString(n.FillBytes(make([]byte, 16))), true
	}
	text := strings.NewReplacer("urn:", "", "uuid:", "").Replace(u.ID)
	text = strings.ToLower(strings.ReplaceAll(strings.Trim(text, "{}"), "-", ""))
	if len(text) != 32 || strings.Trim(text, "0123456789abcdef") != "" {
		return "", false
	}
	return text, true
}
