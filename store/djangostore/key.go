// SPDX-License-Identifier: Apache-2.0

package djangostore

import (
	"encoding/hex"
	"errors"
	"math"
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

// value turns a token's user id into a key, as get_prep_value of Django's field does,
// or says why it is none. A nil value matches no row.
func (k keyKind) value(u store.User) (any, store.UserState) {
	switch {
	case u.Kind == store.NoUser:
		return nil, store.UserUnseen
	case !utf8.ValidString(u.ID):
		return nil, store.UserBadID
	}
	switch k {
	case integerKey:
		n, ok := integerOf(u)
		if !ok || !n.IsInt64() {
			return nil, store.UserBadID
		}
		return n.Int64(), store.UserUnseen
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
		return textOf(u)
	}
}

// integerOf is Python's int() of a user id (IntegerField.get_prep_value).
func integerOf(u store.User) (*big.Int, bool) {
	if u.Kind != store.OtherUser {
		return pyInt(u.ID, 10)
	}
	switch u.ID {
	case "True":
		return big.NewInt(1), true
	case "False":
		return new(big.Int), true
	}
	f, ok := floatOf(u)
	if !ok || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, false
	}
	n, _ := big.NewFloat(f).Int(nil)
	return n, true
}

// floatOf reads a number with a fraction or an exponent.
func floatOf(u store.User) (float64, bool) {
	if u.ID == "" || strings.ContainsAny(u.ID[:1], "[{") {
		return 0, false
	}
	f, err := strconv.ParseFloat(u.ID, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

// textOf is Python's str() of a user id (CharField.get_prep_value).
func textOf(u store.User) (any, store.UserState) {
	if strings.IndexByte(u.ID, 0) >= 0 {
		return nil, store.UserBadID
	}
	return u.ID, store.UserUnseen
}

// uuidDigits reads a UUID as Python's uuid.UUID(hex=...) does, which takes off a
// prefix, braces and hyphens anywhere and reads the rest with int(), and an
// integer or a boolean as UUID(int=...) (UUIDField.to_python).
func uuidDigits(u store.User) (string, bool) {
	var n *big.Int
	var ok bool
	switch {
	case u.Kind == store.TextUser:
		text := strings.NewReplacer("urn:", "", "uuid:", "").Replace(u.ID)
		text = strings.ReplaceAll(strings.Trim(text, "{}"), "-", "")
		if utf8.RuneCountInString(text) != 32 {
			return "", false
		}
		n, ok = pyInt(text, 16)
	case u.Kind == store.IntegerUser, u.ID == "True", u.ID == "False":
		n, ok = integerOf(u)
	}
	if !ok || n.Sign() < 0 || n.BitLen() > 128 {
		return "", false
	}
	return hex.EncodeToString(n.FillBytes(make([]byte, 16))), true
}
