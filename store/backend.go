// SPDX-License-Identifier: Apache-2.0

package store

// Backend is the backend that the handler answers for, as far as a store has to
// know it that works on the backend's own tables.
type Backend struct {
	// Release is the release of SimpleJWT that the backend runs, major and minor,
	// as simplejwt_version names it: "5.3".
	Release string

	// UserIDField is the column of the user table in which the user id of a token
	// is found (USER_ID_FIELD): "id".
	UserIDField string
}

// BackendAware is what a store may implement besides [Store], to be told of the
// backend. The handler tells it once, after the store was provisioned and before
// the first question, so the store needs no lock for it. Both fields are set, to
// their defaults where the configuration says nothing.
//
// An error refuses the configuration. A store should return one for a release that
// it does not know: by a guess it would write other rows than the backend does.
type BackendAware interface {
	SetBackend(b Backend) error
}
