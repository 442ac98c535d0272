// SPDX-License-Identifier: Apache-2.0

package store

// Identifier is what a store may implement besides [Store], to say which records it
// keeps, however its settings are spelled. Two stores of one kind with the same
// identity share their records; the handler refuses stores that must not share. A
// store without it is told from others by its settings.
type Identifier interface {
	// Identity names the place of the records: a resolved path, a server and a
	// database. It holds no secret, opens no connection, and stays the same
	// from the provisioning of the store on.
	Identity() string
}
