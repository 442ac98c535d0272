// SPDX-License-Identifier: Apache-2.0

package store

// Backend is what a store that works on the backend's own tables has to know of the
// backend.
type Backend struct {
	// UserIDField is the column of the user table in which the user id of a token
	// is found (USER_ID_FIELD): "id".
	UserIDField string

	// RecordsOwner says that blacklisting a token that has no row writes one with the
	// token's user and the time (SimpleJWT 5.4 and later, BlacklistMixin.blacklist).
	RecordsOwner bool

	// LooksUpOwner says that rotating looks up the token's user for the row of the
	// new token, and so crashes on an id that is no key (SimpleJWT 5.5 and later,
	// BlacklistMixin.outstand). Where RecordsOwner is set and LooksUpOwner is not,
	// the user id is written as the token has it.
	LooksUpOwner bool
}

// BackendAware is what a store may implement besides [Store], to be told of the
// backend. The handler tells it once, after the store was provisioned and before the
// first question, so the store needs no lock for it. UserIDField is never empty: it
// has its default where the configuration says nothing. An error refuses the
// configuration.
type BackendAware interface {
	SetBackend(b Backend) error
}
