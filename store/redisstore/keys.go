// SPDX-License-Identifier: Apache-2.0

package redisstore

import (
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/caddyrefresh/caddyrefresh/store"
)

// The keys of the store are
//
//	<prefix>:{<slot>}:s1:<length of name>:<name>:<session>   a session's record
//	<prefix>:{<slot>}:u1:<length of name>:<name>:<user id>   a user's cut-off
//	<prefix>:{<slot>}:layout                                 see layout.go
//
// The part in braces is what a cluster hashes. A prefix has no braces, so the
// first one ends it; the length keeps names and ids apart whatever they hold.
// 1 is the layout of what is kept: another layout has other keys.

func (s *Store) sessionKey(name string, p store.Place) string {
	return s.prefix + ":{" + p.Slot() + "}:s" + layout + ":" + strconv.Itoa(len(name)) + ":" + name + ":" + p.Session
}

func (s *Store) userKey(name, id string) string {
	slot := fmt.Sprintf("%04x", crc32.ChecksumIEEE([]byte(id))&0xffff)
	return s.prefix + ":{" + slot + "}:u" + layout + ":" + strconv.Itoa(len(name)) + ":" + name + ":" + id
}

func (s *Store) layoutKey(slot string) string { return s.prefix + ":{" + slot + "}:layout" }
