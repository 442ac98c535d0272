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
	b := make([]byte, 0, len(s.prefix)+len(name)+len(jti)+16)
	b = append(b, s.prefix...)
	b = append(b, ":{"...)
	b = append(b, store.Slot(jti)...)
	b = append(b, '}')
	return string(appendID(b, name, jti))
}

func (s *Store) userKey(name, id string) string {
	b := make([]byte, 0, len(s.prefix)+len(name)+len(id)+16)
	b = append(b, s.prefix...)
	b = append(b, ":u"...)
	return string(appendID(b, name, id))
}

func appendID(b []byte, name, id string) []byte {
	b = append(b, ':')
	b = strconv.AppendInt(b, int64(len(name)), 10)
	b = append(b, ':')
	b = append(b, name...)
	b = append(b, ':')
	return append(b, id...)
}
