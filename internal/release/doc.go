// SPDX-License-Identifier: Apache-2.0

// Package release holds what differs between the releases of the libraries that
// a backend runs: the facts that decide about a token, and the texts that a client
// reads. There is one file for each library. Code outside this package does not compare
// versions: it reads a fact by its name.
package release
