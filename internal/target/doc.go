// SPDX-License-Identifier: Apache-2.0

// Package target judges request targets (RFC 9112 section 3.2): whether a
// server further on may take one for the path of an endpoint, although it is
// not spelled like that path. Servers, proxies and frameworks decode a target
// once or twice, resolve dots, merge slashes or cut parts off, each in its own
// way. The judge tries all of these, and knows no HTTP server in particular.
package target
