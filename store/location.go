// SPDX-License-Identifier: Apache-2.0

package store

// Locator is what a store may implement besides [Store], to say in traces which
// database it asks. In the traces of a store without it, the name of the database
// system is the store's kind.
type Locator interface {
	// Location says where the store's records are. It opens no connection, and stays
	// the same from the provisioning of the store on.
	Location() Location
}

// Location is the place of a store's records, in the words of OpenTelemetry's semantic
// conventions for database clients. It holds no secret.
type Location struct {
	// System is db.system.name, such as redis or postgresql.
	System string

	// Namespace is db.namespace: the database, and where there are schemas also the
	// schema, as database|schema. Empty if the server has none.
	Namespace string

	// Address is server.address: a host, or the path of a Unix socket. Empty if there
	// is no server, or not a single one that is known beforehand.
	Address string

	// Port is server.port, 0 for none.
	Port int
}
