// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// The keys of the store are
//
//	<prefix>:{<slot>}:<length of name>:<name>:<jti>   what is known of a token
//	<prefix>:u:<length of name>:<name>:<user id>      a user's cut-off
//
// The part in braces is what a cluster hashes: all tokens of a session share
// it (see store.Slot), so that one script may touch a token and its successor.
// The length keeps names and ids apart whatever they hold. A prefix has no
// braces.

func (s *Store) tokenKey(name, jti string) string {
	return s.prefix + ":{" + store.Slot(jti) + "}:" + strconv.Itoa(len(name)) + ":" + name + ":" + jti
}

func (s *Store) userKey(name, id string) string {
	return s.prefix + ":u:" + strconv.Itoa(len(name)) + ":" + name + ":" + id
}
