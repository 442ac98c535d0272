// SPDX-License-Identifier: Apache-2.0

// Package target judges request targets (RFC 9112 section 3.2): whether a server behind
// the edge may read one as the path of an endpoint, although it is spelled differently.
// Servers, proxies and frameworks decode a target once or twice, resolve dots, merge
// slashes or cut parts off, each in its own way. The package tries all of these, and
// does not depend on the behavior of any one server.
package target
