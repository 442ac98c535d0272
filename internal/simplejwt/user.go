// SPDX-License-Identifier: Apache-2.0

package simplejwt

import (
	"github.com/caddyrefresh/caddyrefresh/internal/pyjson"
	"github.com/caddyrefresh/caddyrefresh/store"
)

func judgeUser(user store.UserState) error {
	switch user {
	case store.UserPasswordChanged:
		return ErrPasswordChanged
	case store.UserBadID:
		return errStricter // Django crashes here
	case store.UserBadUUID:
		return ErrNotUUID
	default:
		return ErrNoActiveAccount
	}
}

func userOf(c *claim) store.User {
	if c == nil {
		return store.User{}
	}
	switch pyjson.KindOf(c.value) {
	case pyjson.Null:
		return store.User{}
	case pyjson.String:
		return store.User{ID: c.text(), Kind: store.TextUser}
	case pyjson.Int:
		return store.User{ID: c.text(), Kind: store.IntegerUser}
	default:
		return store.User{ID: pyjson.Str(c.value), Kind: store.OtherUser}
	}
}

// userChecks returns the checks that the user of token c has to pass. A user id that is
// false in Python is looked up only for the rows of a new token
// (TokenRefreshSerializer.validate).
func (b *Backend) userChecks(c *claims) store.UserChecks {
	switch {
	case c.userID == nil || pyjson.KindOf(c.userID.value) == pyjson.Null:
		return store.UserChecks{}
	case falsy(c.userID.value):
		return store.UserChecks{Key: b.rotate && b.release.LooksUpOwner}
	}
	checks := b.users
	switch {
	case c.revokeMark == nil:
		checks.Password = false // a login without CHECK_REVOKE_TOKEN writes no such claim
	case checks.Password && c.revokeMark.isString():
		checks.PasswordClaim = c.revokeMark.text()
	}
	return checks
}

// falsy reports whether Python takes a JSON value for false.
func falsy(value []byte) bool {
	switch pyjson.KindOf(value) {
	case pyjson.Null:
		return true
	case pyjson.Bool:
		return value[0] == 'f'
	case pyjson.Int, pyjson.Float:
		d := parseNumericDate(value)
		return d.ok && d.seconds == 0 && d.fraction == 0
	case pyjson.String:
		return len(value) == len(`""`)
	case pyjson.Array, pyjson.Object:
		return isEmpty(value)
	default:
		return false
	}
}

// isEmpty reports whether an array or object has nothing but space in it.
func isEmpty(value []byte) bool {
	for _, c := range value[1 : len(value)-1] {
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return false
		}
	}
	return true
}
