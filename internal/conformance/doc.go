// SPDX-License-Identifier: Apache-2.0

// Package conformance holds the edge beside real Django.
//
// The requests are made here, in plain Go: a catalogue of named cases, and as
// many seeded variations of them as one likes. The recorder (record) sends the
// catalogue to Django with a stopped clock and writes what came back to
// testdata/django, where the replay test of the root package finds it. The live
// test sends both to Django and to the edge and compares the answers.
//
// What needs Python has the build tag conformance; see README.md.
package conformance
