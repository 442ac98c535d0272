// SPDX-License-Identifier: Apache-2.0

package conformance

import "github.com/caddyrefresh/caddyrefresh/internal/release"

// versionsOf reads a line of the tables: the versions of SimpleJWT, PyJWT, Django REST
// framework and Django.
func versionsOf(line [4]string) release.Versions {
	return release.Versions{SimpleJWT: line[0], PyJWT: line[1], DRF: line[2], Django: line[3]}
}

// contemporary are the newest release of each series of SimpleJWT with the libraries
// of its time, oldest first.
var contemporary = [][4]string{
	{"5.2.2", "2.6.0", "3.14.0", "4.2.30"},
	{"5.3.1", "2.8.0", "3.15.2", "4.2.30"},
	{"5.4.0", "2.9.0", "3.15.2", "5.1.15"},
	{"5.5.1", "2.10.1", "3.16.1", "5.2.19"},
}

// neighbours are around the changes: for each fact that differs between two releases
// of a library, one set has the last release before the change and another has the
// first with it. The libraries vary together, so that a set stands for a neighbour of
// each. A set is one line here, and TestNeighbours says which release lacks one.
var neighbours = [][4]string{
	{"5.2.0", "2.4.0", "3.14.0", "4.2.30"},
	{"5.4.0", "2.6.0", "3.16.1", "5.1.0"},
	{"5.2.1", "2.7.0", "3.15.2", "5.1.15"},
	{"5.3.0", "2.5.0", "3.15.2", "5.0.14"},
	{"5.5.0", "2.9.0", "3.17.1", "5.2.17"},
	{"5.5.1", "2.10.1", "3.18.0", "5.2.19"},
	{"5.4.0", "2.11.0", "3.18.1", "6.0.0"},
	{"5.2.2", "2.12.1", "3.18.2", "6.0.8"},
	{"5.4.0", "2.15.0", "3.18.2", "6.1.0"},
	{"5.3.1", "2.13.0", "3.18.3", "6.0.9"},
	{"5.5.1", "2.14.0", "3.18.1", "6.0.10"},
	{"5.2.2", "2.13.0", "3.18.3", "6.1.1"},
	{"5.3.1", "2.14.0", "3.18.0", "6.1.2"},
}

// liveNeighbours are those that are compared and not recorded.
var liveNeighbours = [][4]string{
	{"5.3.1", "2.10.0", "3.17.2", "5.2.18"},
	{"5.3.1", "2.8.0", "3.15.2", "5.0.0"},
}
